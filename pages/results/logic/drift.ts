import type { ChartedResult, DriftView } from '../../../src/results/page-api';
import type { DrawnPoint, SeriesName } from '../../../src/trust/drift';

/** The order that charts stand in. */
export const CHARTED: readonly SeriesName[] = ['predictedDice', 'distance', 'foreground', 'objects'];

/** A quantity over the results, as it is drawn: lists of equal length, null where there is nothing. */
export interface DriftCurves {
  /** the number of each result, the latest being how many there were */
  x: number[];
  value: Array<number | null>;
  average: Array<number | null>;
  usual: Array<number | null>;
  low: Array<number | null>;
  high: Array<number | null>;
  /** places where the average left its limits, or was outside when the picture begins */
  alarms: number[];
}

/** Gives the curves of a quantity; null where nothing was ever known of it. */
export function curvesOf({ chart, points }: DriftView, name: SeriesName): DriftCurves | null {
  if (points.every(({ series }) => !series[name])) return null;
  const of = <V>(pick: (point: DrawnPoint) => V) =>
    points.map(({ series }) => (series[name] ? pick(series[name]) : null));
  const isOut = of((point) => point.isOut);
  return {
    x: points.map((_, i) => chart.results - points.length + 1 + i),
    value: of(({ value }) => value),
    // What is gathered as usual is no average yet.
    average: of(({ average, low }) => (low === null ? null : average)),
    usual: of(({ usual, low }) => (low === null ? null : usual)),
    low: of(({ low }) => low),
    high: of(({ high }) => high),
    alarms: isOut.flatMap((out, i) => (out && !isOut[i - 1] ? [i] : [])),
  };
}

/** Gives the next result, on either side, at which some chart speaks; null: there is none. */
export function nextAlarm(points: readonly ChartedResult[], from: number, step: 1 | -1): number | null {
  const speaks = (i: number) =>
    CHARTED.some((name) => points[i].series[name]?.isOut && !points[i - 1]?.series[name]?.isOut);
  for (let i = from + step; i >= 0 && i < points.length; i += step) if (speaks(i)) return i;
  return null;
}
