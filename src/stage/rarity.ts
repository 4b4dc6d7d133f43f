import { median } from '../base/numbers';
import type { TableObject } from './objects';

/** Neighbours whose distance says how rare an object is. */
const NEIGHBOURS = 5;
/** Objects that others are compared with, where there are more: evenly chosen along the table. */
const MOST_COMPARED = 1000;
/** Of a normal distribution the median absolute deviation is this share of the standard deviation. */
const MAD_OF_NORMAL = 0.6745;
/** Objects between two pauses. */
const STEP = 256;

/** What objects are compared in, on scales on which usual values scatter evenly; null where it was not measured. */
const MEASURES: ReadonlyArray<(row: TableObject) => number | null> = [
  ({ size }) => Math.log(size),
  ({ meanIntensity }) => meanIntensity ?? null,
  ({ shape }) => (shape?.elongation == null ? null : Math.log(shape.elongation)),
];

/**
 * Says how rare each object is among the others of its image: the mean distance to its five nearest neighbours in the space of
 * its measures, log size, mean intensity and log elongation, each in units of its spread (k-nearest-neighbour outlier score; Angiulli
 * and Pizzuti 2002, mean instead of sum). A measure that some object lacks, or that hardly differs, does not count. Pauses now and then.
 */
export function* rarityOf(rows: readonly TableObject[]): Generator<void, Float64Array, void> {
  const space = MEASURES.flatMap((of) => standardised(rows.map(of)) ?? []);
  const scores = new Float64Array(rows.length);
  const stride = Math.max(1, rows.length / MOST_COMPARED);
  const others = Array.from({ length: Math.min(rows.length, MOST_COMPARED) }, (_, i) => Math.floor(i * stride));
  const nearest = new Float64Array(NEIGHBOURS);
  for (let i = 0; i < rows.length; i++) {
    if (i % STEP === STEP - 1) yield;
    nearest.fill(Number.POSITIVE_INFINITY);
    for (const j of others) if (j !== i) keepNearest(nearest, distance(space, i, j));
    const found = nearest.filter(Number.isFinite);
    scores[i] = found.reduce((sum, each) => sum + each, 0) / Math.max(1, found.length);
  }
  return scores;
}

function distance(space: readonly Float64Array[], i: number, j: number): number {
  let sum = 0;
  for (const values of space) sum += (values[i] - values[j]) ** 2;
  return Math.sqrt(sum);
}

/** Puts a distance among the nearest, which are in order, where it is one. */
function keepNearest(nearest: Float64Array, value: number): void {
  let at = nearest.length - 1;
  if (value >= nearest[at]) return;
  for (; at > 0 && nearest[at - 1] > value; at--) nearest[at] = nearest[at - 1];
  nearest[at] = value;
}

/** Values about their median in units of their spread; null where one is missing or all are alike. */
function standardised(values: ReadonlyArray<number | null>): Float64Array | null {
  if (!values.every((value): value is number => value !== null && Number.isFinite(value)) || values.length === 0)
    return null;
  const middle = median(values);
  const deviations = values.map((value) => Math.abs(value - middle));
  // Where more than half are alike the median deviation is 0.
  const spread =
    median(deviations) / MAD_OF_NORMAL || Math.sqrt(deviations.reduce((sum, d) => sum + d * d, 0) / values.length);
  return spread > 0 ? Float64Array.from(values, (value) => (value - middle) / spread) : null;
}
