import { median } from '../../base/numbers';
import type { PixelArray } from '../../image/dtype';
import type { Check } from './facts';

/** Of fewer images none can be told from the others. */
const FEWEST = 8;
/**
 * Outliers by the modified z-score (B. Iglewicz and D. Hoaglin, How to Detect and Handle Outliers, 1993): 0.6745 times
 * the distance from the median over the median distance, beyond 3.5.
 */
const OUTLIER = 3.5;
const SCALE = 0.6745;
/** In a set of nearly equal images a tiny difference is an outlier, but not out of focus. */
const LEAST_RATIO = 0.75;

/** Tells whether raw images are as sharp as the others of the set: each channel by the plane with the most detail. */
export const checkFocus: Check = (samples) => {
  const channels = Math.max(0, ...samples.map(({ facts }) => facts.raw?.channels.length ?? 0));
  return Array.from({ length: channels }, (_, c) => c).flatMap((c) => {
    const judged = samples.flatMap(({ id, facts }) => {
      const focus = facts.raw?.channels[c]?.focus ?? null;
      return focus === null || focus <= 0 ? [] : [{ id, focus, log: Math.log(focus) }];
    });
    if (judged.length < FEWEST) return [];
    const middle = median(judged.map(({ log }) => log));
    const spread = median(judged.map(({ log }) => Math.abs(log - middle)));
    const typical = Math.exp(middle);
    return judged
      .filter(({ focus, log }) => SCALE * (middle - log) > OUTLIER * spread && focus < LEAST_RATIO * typical)
      .map(({ id, focus }) => ({
        severity: 'warning' as const,
        message: `raw of ${id}${channels > 1 ? `, channel ${c}` : ''} is less sharp than the set: ${focus.toPrecision(2)}, the median is ${typical.toPrecision(2)} (Vollath's F4 over the covariance at one pixel)`,
        samples: [id],
      }));
  });
};

/**
 * Sharpness of a plane from its autocorrelation along rows, Vollath's F4 (D. Vollath, Journal of Microscopy 147, 279,
 * 1987), the best of 18 for fluorescence in A. Santos et al., Journal of Microscopy 188, 264, 1997: it sees no noise, for
 * noise of neighbouring pixels does not correlate. F4 is the covariance of pixels one apart less that of pixels two
 * apart; divided by the former it depends neither on brightness nor on contrast: 1 - C2 / C1. Blur brings it to 0.
 */
export class FocusMeasure {
  private first: number | null = null;
  private rows = 0;
  private width = 0;
  private sum = 0;
  /** by lag - 1: products of pixels so far apart; sums of the pixels at either end of rows that have no such pair */
  private readonly products = [0, 0];
  private readonly begins = [0, 0];
  private readonly ends = [0, 0];

  /** @param rows whole rows of one plane; where any pixel is NaN or infinite there is no result */
  add(rows: PixelArray, width: number): void {
    this.first ??= rows[0];
    this.width = width;
    const { first } = this;
    let [sum, one, two] = [0, 0, 0];
    for (let start = 0; start < rows.length; start += width) {
      // Values about 0 keep the small differences of large numbers.
      let [before, last] = [0, 0];
      for (let x = start; x < start + width; x++) {
        const value = rows[x] - first;
        sum += value;
        one += value * last;
        two += value * before;
        before = last;
        last = value;
      }
      const [begin, next] = [rows[start] - first, width > 1 ? rows[start + 1] - first : 0];
      for (const [i, [head, tail]] of [
        [begin, last],
        [begin + next, last + before],
      ].entries()) {
        this.begins[i] += head;
        this.ends[i] += tail;
      }
    }
    this.rows += rows.length / width;
    this.sum += sum;
    this.products[0] += one;
    this.products[1] += two;
  }

  /** @returns null where the plane has no detail, or none above its noise */
  result(): { detail: number; focus: number } | null {
    const { rows, width, sum, products, begins, ends } = this;
    if (width < 3) return null;
    const mean = sum / (rows * width);
    const [one, two] = [0, 1].map((i) => {
      const pairs = rows * (width - 1 - i);
      const means = (sum - ends[i] + (sum - begins[i])) / pairs;
      return products[i] / pairs - mean * means + mean * mean;
    });
    if (!(one > 0) || !Number.isFinite(one) || !Number.isFinite(two)) return null;
    return { detail: one - two, focus: 1 - two / one };
  }
}
