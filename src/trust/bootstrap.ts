import { Random } from '../base/random';

const RESAMPLES = 2000;
const LEVEL = 0.95;

/** A mean and how far it would move with other files of the same kind. */
export interface MeanInterval {
  /** over images */
  mean: number;
  low: number;
  high: number;
  level: number;
  files: number;
  resamples: number;
}

/**
 * Computes the mean over images and an interval of it by drawing the files anew, with all of their images, as often as there
 * are files (percentile bootstrap; Efron and Tibshirani, An Introduction to the Bootstrap, 1993). Images of one file
 * resemble each other, so that files are drawn and not images. Of few files it is too narrow.
 * @param files the values of the images of each; files without images tell nothing
 * @param seed the same gives the same interval
 * @returns null for fewer than two files: one tells nothing of how files differ
 */
export function bootstrapInterval(files: readonly (readonly number[])[], seed = 0): MeanInterval | null {
  const sums = files
    .filter((values) => values.length > 0)
    .map((values) => ({ count: values.length, sum: values.reduce((total, value) => total + value, 0) }));
  if (sums.length < 2) return null;
  const meanOf = (drawn: typeof sums) =>
    drawn.reduce((total, { sum }) => total + sum, 0) / drawn.reduce((total, { count }) => total + count, 0);
  const random = new Random(seed, sums.length);
  const means = Float64Array.from({ length: RESAMPLES }, () =>
    meanOf(sums.map(() => sums[random.integer(sums.length)])),
  ).sort();
  const at = (share: number) => means[Math.round(share * (RESAMPLES - 1))];
  return {
    mean: meanOf(sums),
    low: at((1 - LEVEL) / 2),
    high: at((1 + LEVEL) / 2),
    level: LEVEL,
    files: sums.length,
    resamples: RESAMPLES,
  };
}
