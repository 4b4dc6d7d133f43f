import { BAND_PIXELS } from '../../image/bands';

/** What a job holds at a time and stores uncompressed. None of it changes a pixel of a mask, a label or a score. */
export interface JobLimits {
  /** pixels of a band, about */
  bandPixels: number;
  /** bytes of foreground runs in memory; beyond they wait in a file */
  runBytes: number;
  /** results of more bytes are stored in compressed tiles, probabilities as 16 bits */
  plainBytes: number;
}

const LIMITS: JobLimits = { bandPixels: BAND_PIXELS, runBytes: 2 ** 28, plainBytes: 2 ** 30 };

/** The usual limits, or those that a test sets. */
export function limitsOf({ limits }: { limits?: Partial<JobLimits> }): JobLimits {
  return { ...LIMITS, ...limits };
}
