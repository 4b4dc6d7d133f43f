import { BAND_PIXELS } from '../../image/bands';
import type { ViewLimits } from '../../views/open-picture';

/**
 * What a job holds at a time and stores uncompressed. None of it changes a pixel of a mask or a score, nor, but for what
 * a warning tells, which objects there are.
 */
export interface JobLimits extends ViewLimits {
  /** bytes of foreground runs in memory; beyond they wait in a file */
  runBytes: number;
  /** results of more bytes are stored in compressed tiles, probabilities as 16 bits */
  plainBytes: number;
  /** voxels in which objects are told apart at a time: some 25 bytes each. Larger volumes are put together of blocks */
  objectVoxels: number;
}

const LIMITS: JobLimits = {
  bandPixels: BAND_PIXELS,
  runBytes: 2 ** 28,
  plainBytes: 2 ** 30,
  objectVoxels: 2 ** 25,
  volumePixels: 2 ** 25,
  sectionPixels: 2 ** 23,
  stackPixels: 2 ** 31,
};

/** Gives the usual limits, or those that a test sets. */
export function limitsOf({ limits }: { limits?: Partial<JobLimits> }): JobLimits {
  return { ...LIMITS, ...limits };
}
