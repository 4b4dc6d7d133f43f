import { type Static, Type } from '#typebox';
import { words } from '../base/schema';

const number = Type.Number();
const place = Type.Object({ z: number, y: number, x: number }, { additionalProperties: true });
const numberOrNull = Type.Union([Type.Number(), Type.Null()]);

/** What is needed of a row of the object table that threshold makes. */
export const ObjectSchema = Type.Object(
  {
    label: Type.Integer({ minimum: 1 }),
    t: Type.Optional(Type.Integer({ minimum: 0 })),
    size: Type.Number({ exclusiveMinimum: 0 }),
    sizeMicrometres: Type.Optional(numberOrNull),
    centroid: place,
    meanIntensity: Type.Optional(numberOrNull),
    box: Type.Object({ start: place, size: place }, { additionalProperties: true }),
    shape: Type.Optional(Type.Object({ elongation: numberOrNull }, { additionalProperties: true })),
  },
  { additionalProperties: true },
);
export type TableObject = Static<typeof ObjectSchema>;

/** By what objects are put in order; the first is visited first, or alone. */
export const RANKINGS = ['largest', 'smallest', 'rarest', 'uncertain'] as const;
export type Ranking = (typeof RANKINGS)[number];
export const RankingSchema = words(RANKINGS);

/** What a position says of its object; null where it was not measured. */
export interface Measures {
  /** pixels, or voxels */
  size: number;
  /** square micrometres, of a stack cubic */
  sizeMicrometres: number | null;
  meanIntensity: number | null;
  elongation: number | null;
}

/** An object that may be visited. */
export interface Candidate {
  object: number;
  /** pixels from 0 at the centre of the first one */
  centroid: { z: number; y: number; x: number };
  measures: Measures;
  /** what it was ranked by: size in pixels, distance in measures, or bits of uncertainty */
  score: number;
}

/** Takes a row of the table as what may be visited. */
export function candidateOf(row: TableObject, score: number): Candidate {
  const { label, size, sizeMicrometres = null, meanIntensity = null, shape } = row;
  const { z, y, x } = row.centroid;
  const measures = { size, sizeMicrometres, meanIntensity, elongation: shape?.elongation ?? null };
  return { object: label, centroid: { z, y, x }, measures, score };
}

/** Tells whether an object touches the border of its plane, and may go on beyond it. @param shape [t, c, z, y, x] */
export function isAtBorder({ box: { start, size } }: TableObject, shape: readonly number[]): boolean {
  const ends = (axis: 'y' | 'x', length: number) => start[axis] <= 0 || start[axis] + size[axis] >= length;
  return ends('y', shape[3]) || ends('x', shape[4]);
}

/**
 * Ranks objects, the first in line first; equal ones by their numbers.
 * @param scores of each, in the same order
 */
export function ranked(rows: readonly TableObject[], scores: ArrayLike<number>, ranking: Ranking): Candidate[] {
  const sign = ranking === 'smallest' ? 1 : -1;
  const order = Array.from(rows.keys()).sort((a, b) => sign * (scores[a] - scores[b]) || rows[a].label - rows[b].label);
  return order.map((i) => candidateOf(rows[i], scores[i]));
}
