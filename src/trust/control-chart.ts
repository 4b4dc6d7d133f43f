import { type Static, Type } from '#typebox';

/** Values that the chart takes as its own measure of what is usual. */
export const BASELINE = 30;
/** Weight of the newest value. */
const WEIGHT = 0.2;
/**
 * Width of the limits in standard deviations of the average. With a known mean and spread 2.86 gives one false alarm in 370
 * values (Lucas and Saccucci, Technometrics 32, 1990); as both are estimated from the first 30, it takes more:
 * `npm run -s bench -- drift` measures how often and how soon the chart speaks.
 */
export const WIDTH = 3.8;

/**
 * After how many values it speaks, of normal ones: where nothing changed, half of the charts and one in 20; in the median where the
 * mean moved by one standard deviation, and by two. Measured by `npm run -s bench -- drift`.
 */
export const RUN_LENGTHS = { usual: { half: 1787, oneIn20: 40 }, movedBy: { one: 15, two: 4 } } as const;

/** What a chart remembers of one quantity. */
export const ChartSchema = Type.Object({
  /** values so far */
  count: Type.Integer({ minimum: 0 }),
  /** of the baseline: mean, and sum of squared differences from it */
  mean: Type.Number(),
  squares: Type.Number({ minimum: 0 }),
  /** exponentially weighted average of the values after the baseline */
  average: Type.Number(),
  /** whether the average lies outside of the limits */
  isOut: Type.Boolean(),
});
export type Chart = Static<typeof ChartSchema>;

export interface Limits {
  low: number;
  high: number;
}

/** What the chart says of a new value. */
export interface Charted {
  chart: Chart;
  /** the average has left its limits, or come back within them; null: as before */
  event: 'drift' | 'back' | null;
  /** null while the baseline is gathered */
  limits: Limits | null;
}

export const NEW_CHART: Chart = { count: 0, mean: 0, squares: 0, average: 0, isOut: false };

/**
 * Adds a value to a chart (EWMA, Roberts 1959): the first 30 say what is usual, with Welford's sums; from then on it tells when
 * the weighted average leaves its limits, once, and when it comes back. Small shifts that last are seen early, single
 * odd values hardly.
 * @param value in a scale where usual values scatter evenly
 * @param leastSpread standard deviation that is taken at least: a baseline of equal values must not make all else an alarm
 */
export function addToChart(before: Chart, value: number, leastSpread: number): Charted {
  const count = before.count + 1;
  if (count <= BASELINE) {
    const mean = before.mean + (value - before.mean) / count;
    const squares = before.squares + (value - before.mean) * (value - mean);
    return { chart: { ...before, count, mean, squares, average: mean }, event: null, limits: null };
  }
  const average = before.average + WEIGHT * (value - before.average);
  const limits = limitsOf({ ...before, count }, leastSpread) as Limits;
  const isOut = average < limits.low || average > limits.high;
  const event = isOut === before.isOut ? null : isOut ? 'drift' : 'back';
  return { chart: { ...before, count, average, isOut }, event, limits };
}

/** Gives the limits of the average with the last value of a chart; null while its baseline is gathered. */
export function limitsOf({ count, mean, squares }: Chart, leastSpread: number): Limits | null {
  const steps = count - BASELINE;
  if (steps <= 0) return null;
  const spread = Math.max(leastSpread, Math.sqrt(squares / (BASELINE - 1)));
  const width = WIDTH * spread * Math.sqrt((WEIGHT / (2 - WEIGHT)) * (1 - (1 - WEIGHT) ** (2 * steps)));
  return { low: mean - width, high: mean + width };
}
