import { type Static, Type } from '@sinclair/typebox';
import { addToChart, type Charted, ChartSchema, NEW_CHART } from './control-chart';
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
/** Pairs of model and instrument; the least recently used go. */
const MOST_GROUPS = 200;

const GroupSchema = Type.Object({
  model: Type.String(),
  instrument: Type.String(),
  series: Type.Partial(
    Type.Object({ predictedDice: ChartSchema, distance: ChartSchema, foreground: ChartSchema, objects: ChartSchema }),
  ),
});

/** What is remembered of all results so far. */
export const DriftSchema = Type.Object({ groups: Type.Array(GroupSchema) });
export type Drift = Static<typeof DriftSchema>;

/** A quantity left what is usual for a model on an instrument, or came back. Values are in the quantity itself. */
export interface DriftEvent {
  event: 'drift' | 'back';
  series: SeriesName;
  model: string;
  instrument: string;
  /** what was usual in the first results, and what is now */
  usual: number;
  now: number;
  low: number;
  high: number;
  /** results of this model and instrument so far */
  results: number;
}

/**
 * Adds a result to what is remembered, each quantity that is known of it.
 * @returns what is remembered from now on, and what is to be told
 */
export function addResult(
  { groups }: Drift,
  { model, instrument }: { model: string; instrument: string },
  observed: Observed,
): { drift: Drift; events: DriftEvent[] } {
  const before = groups.find((group) => group.model === model && group.instrument === instrument);
  const others = groups.filter((group) => group !== before);
  const series = { ...before?.series };
  const events: DriftEvent[] = [];
  for (const name of SERIES_NAMES) {
    const value = SERIES[name].of(observed);
    const scaled = value === undefined ? Number.NaN : SERIES[name].scale(value);
    // Of a number that the quantity cannot have, as of a foreign node, the chart would never recover.
    if (!Number.isFinite(scaled)) continue;
    const charted = addToChart(series[name] ?? NEW_CHART, scaled, LEAST_SPREAD);
    series[name] = charted.chart;
    const told = eventOf(name, charted);
    if (told) events.push({ ...told, model, instrument });
  }
  return { drift: { groups: [...others.slice(1 - MOST_GROUPS), { model, instrument, series }] }, events };
}

function eventOf(
  series: SeriesName,
  { event, limits, chart }: Charted,
): Omit<DriftEvent, 'model' | 'instrument'> | null {
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
