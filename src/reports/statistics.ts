import { median } from '../base/numbers';
import { bootstrapInterval, type MeanInterval } from '../trust/bootstrap';

/** What a number comes to over images. */
export interface Statistic {
  mean: number;
  /** of the mean, over files; null: fewer than two files */
  interval: MeanInterval | null;
  /** infinite ones are the worst */
  median: number;
  worst: number;
  /** images with a finite number */
  images: number;
  /** images with an infinite one, which are in no mean */
  infinite: number;
}

/** The value of an image: null is infinite, undefined is none. */
export interface Valued {
  file: string;
  value: number | null | undefined;
}

/**
 * Computes mean, interval, median and worst of a number over images.
 * @param smallerIsBetter whether the largest is the worst
 * @returns null where no image has the number
 */
export function statisticOf(images: readonly Valued[], smallerIsBetter = false): Statistic | null {
  const values = images.flatMap(({ value }) => (value === undefined ? [] : [value ?? Number.POSITIVE_INFINITY]));
  const finite = values.filter(Number.isFinite);
  if (values.length === 0) return null;
  const files = new Map<string, number[]>();
  for (const { file, value } of images) {
    if (typeof value === 'number') files.set(file, [...(files.get(file) ?? []), value]);
  }
  return {
    mean: finite.reduce((sum, value) => sum + value, 0) / finite.length,
    interval: bootstrapInterval([...files.values()]),
    median: median(values),
    worst: smallerIsBetter ? Math.max(...values) : Math.min(...values),
    images: finite.length,
    infinite: values.length - finite.length,
  };
}
