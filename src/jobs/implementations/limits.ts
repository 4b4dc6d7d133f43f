import { BAND_PIXELS } from '../../image/bands';

/** What a job holds at a time and stores uncompressed. None of it changes a pixel of a mask, a label or a score. */
export interface JobLimits {
  /** pixels of a band, about */
  bandPixels: number;
  /** bytes of foreground runs in memory; beyond they wait in a file */
  runBytes: number;
  /** results of more bytes are stored in compressed tiles, probabilities as 16 bits */
  plainBytes: number;
  /** pixels of the volume in memory that sections of a stack are cut from; they are coarser where it has more */
  volumePixels: number;
  /** pixels in the blocks that a section touches: up to so many it is read from the file itself */
  sectionPixels: number;
  /** pixels of a stack that is gone through for its maximum, where the file holds a smaller level */
  stackPixels: number;
}

const LIMITS: JobLimits = {
  bandPixels: BAND_PIXELS,
  runBytes: 2 ** 28,
  plainBytes: 2 ** 30,
  volumePixels: 2 ** 25,
  sectionPixels: 2 ** 23,
  stackPixels: 2 ** 31,
};

/** The usual limits, or those that a test sets. */
export function limitsOf({ limits }: { limits?: Partial<JobLimits> }): JobLimits {
  return { ...LIMITS, ...limits };
}
