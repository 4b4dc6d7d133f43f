import { type Static, type TSchema, Type } from '#typebox';
import { addToChart, type Charted, ChartSchema, limitsOf, NEW_CHART } from './control-chart';
import type { Observed } from './verdict';

/** What is charted of results, and the scale in which usual values scatter evenly. */
const SERIES = {
  predictedDice: {
    of: ({ predictedDice }: Observed) => predictedDice,
    scale: (value: number) => Math.log((value + 1e-3) / (1 - value + 1e-3)),
    back: (scaled: number) => {
      const odds = Math.exp(scaled);
      return (odds * (1 + 1e-3) - 1e-3) / (1 + odds);
    },
  },
  distance: {
    of: ({ unlike }: Observed) => unlike?.distance,
    scale: (value: number) => Math.log(value + 1e-2),
    back: (scaled: number) => Math.exp(scaled) - 1e-2,
  },
  foreground: {
    of: ({ foreground }: Observed) => foreground,
    scale: (value: number) => Math.log(value + 1e-4),
    back: (scaled: number) => Math.exp(scaled) - 1e-4,
  },
  objects: {
    of: ({ objects }: Observed) => objects,
    scale: (value: number) => Math.log(value + 1),
    back: (scaled: number) => Math.exp(scaled) - 1,
  },
} as const;
export type SeriesName = keyof typeof SERIES;
export const SERIES_NAMES = Object.keys(SERIES) as SeriesName[];

/** Least spread of a series, in its scale: differences of a tenth are no news. */
const LEAST_SPREAD = 0.1;

/** Whose results are compared over time. */
export interface DriftGroup {
  model: string;
  instrument: string;
}

const ofEach = <S extends TSchema>(schema: S) =>
  Type.Partial(Type.Object({ predictedDice: schema, distance: schema, foreground: schema, objects: schema }));

const ChartsSchema = ofEach(ChartSchema);
/** What is remembered of the results of one model on one instrument. */
export type DriftCharts = Static<typeof ChartsSchema>;

/** A result and its charts with it: what a history keeps, and what the charts go on with. */
export const DriftPointSchema = Type.Object({
  /** ISO 8601 */
  at: Type.String(),
  /** id of the sample; null: the message named none */
  sample: Type.Union([Type.String(), Type.Null()]),
  model: Type.String(),
  instrument: Type.String(),
  /** what is known of the result, in the quantities themselves */
  values: ofEach(Type.Number()),
  charts: ChartsSchema,
});
export type DriftPoint = Static<typeof DriftPointSchema>;

/** A quantity left what is usual for a model on an instrument, or came back. Values are in the quantity itself. */
export interface DriftEvent extends DriftGroup {
  event: 'drift' | 'back';
  series: SeriesName;
  /** what was usual in the first results, and what is now */
  usual: number;
  now: number;
  low: number;
  high: number;
  /** results of this model and instrument so far */
  results: number;
}

/**
 * Adds a result to the charts of its model and instrument, each quantity that is known of it.
 * @returns the charts from now on, what was charted, and what is to be told
 */
export function addResult(
  before: DriftCharts,
  group: DriftGroup,
  observed: Observed,
): { charts: DriftCharts; values: DriftPoint['values']; events: DriftEvent[] } {
  const charts = { ...before };
  const values: DriftPoint['values'] = {};
  const events: DriftEvent[] = [];
  for (const name of SERIES_NAMES) {
    const value = SERIES[name].of(observed);
    const scaled = value === undefined ? Number.NaN : SERIES[name].scale(value);
    // Of a number that the quantity cannot have, as of a foreign node, the chart would never recover.
    if (value === undefined || !Number.isFinite(scaled)) continue;
    const charted = addToChart(charts[name] ?? NEW_CHART, scaled, LEAST_SPREAD);
    charts[name] = charted.chart;
    values[name] = value;
    const told = eventOf(name, charted);
    if (told) events.push({ ...told, ...group });
  }
  return { charts, values, events };
}

/** A quantity of one result as its chart is drawn, all in the quantity itself. */
export interface DrawnPoint {
  /** null: nothing is known of it here */
  value: number | null;
  /** exponentially weighted, of the values after the baseline */
  average: number;
  /** mean of the baseline */
  usual: number;
  /** null: the baseline is still gathered */
  low: number | null;
  high: number | null;
  isOut: boolean;
}

/** Gives what the charts of a result look like, by quantity. */
export function drawnAt({ values, charts }: DriftPoint): Partial<Record<SeriesName, DrawnPoint>> {
  const drawn: Partial<Record<SeriesName, DrawnPoint>> = {};
  for (const name of SERIES_NAMES) {
    const chart = charts[name];
    if (!chart) continue;
    const { back } = SERIES[name];
    const limits = limitsOf(chart, LEAST_SPREAD);
    drawn[name] = {
      ...{ value: values[name] ?? null, average: back(chart.average), usual: back(chart.mean), isOut: chart.isOut },
      ...{ low: limits && back(limits.low), high: limits && back(limits.high) },
    };
  }
  return drawn;
}

function eventOf(series: SeriesName, { event, limits, chart }: Charted): Omit<DriftEvent, keyof DriftGroup> | null {
  if (event === null || limits === null) return null;
  const { back } = SERIES[series];
  return {
    event,
    series,
    usual: back(chart.mean),
    now: back(chart.average),
    low: back(limits.low),
    high: back(limits.high),
    results: chart.count,
  };
}
