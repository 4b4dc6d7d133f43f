import { Type } from '#typebox';
import { InvalidInputError } from '../base/errors';
import { isRecord } from '../base/plain-json';
import { prepareCheck, validate } from '../base/schema';
import { MOST_NEW, type ObjectName, PAINTED_NUMBER } from '../masks/object-names';
import { targetRoles } from '../masks/target';
import type { Sample } from '../samples/sample';
import type { Decision, Mark, ObjectChange, Point, Shape, Stroke } from './decision';

/** What one decision may hold: far above what a person draws, and each step of reading and writing it below 50 ms. */
export const DECISION_LIMITS = {
  /** merging and excluding shapes together */
  shapes: 2000,
  strokes: 10_000,
  /** of all shapes and strokes together */
  points: 50_000,
  /** the largest coordinate either way, pixels */
  coordinate: 10_000_000,
  /** of a stroke, pixels */
  radius: 1024,
  /** characters */
  reason: 2000,
} as const;

/** What a decision is but for its drawings, which are checked point by point. */
const OutsideSchema = Type.Object(
  {
    state: Type.Union([Type.Literal('undecided'), Type.Literal('used'), Type.Literal('rejected')]),
    reason: Type.Union([Type.String({ maxLength: DECISION_LIMITS.reason }), Type.Null()]),
    base: Type.Union([Type.Literal('seg1'), Type.Literal('seg2'), Type.Literal('none')]),
    merge: Type.Array(Type.Unknown()),
    exclude: Type.Array(Type.Unknown()),
    strokes: Type.Array(Type.Unknown()),
  },
  { additionalProperties: false },
);

/** Does the slow part of the first check at a time that suits. */
export function prepareDecisionCheck(): void {
  prepareCheck(OutsideSchema);
}

/**
 * Checks a decision from outside by itself and against its sample, and returns a copy of it. Of a sample without any
 * segmentation it is one from nothing, also where it was made before there was such a base.
 * @param name what the decision is called in errors
 * @throws SegmenterError `invalid-input` naming what does not fit: a value, a number of shapes or points beyond
 *   {@link DECISION_LIMITS}, planes beyond the image, a segmentation that the sample lacks
 */
export function checkDecision(value: unknown, sample: Sample, name = 'decision'): Decision {
  const { state, reason, base, merge, exclude, strokes } = validate(OutsideSchema, value, name);
  const budget = new Budget(name);
  budget.shapes(merge.length + exclude.length, strokes.length);
  const [times, , depth] = sample.raw.shape;
  const decision: Decision = {
    state,
    reason,
    base: sample.seg1 || sample.seg2 ? base : 'none',
    merge: merge.map((shape, i) => readShape(shape, `${name}.merge[${i}]`, depth, budget)),
    exclude: exclude.map((shape, i) => readShape(shape, `${name}.exclude[${i}]`, depth, budget)),
    strokes: strokes.map((mark, i) => readMark(mark, `${name}.strokes[${i}]`, { depth, times }, budget)),
  };
  checkSegmentations(decision, sample, name);
  return decision;
}

/** A rejected sample may name any base; one that goes on needs what it is made of. */
function checkSegmentations({ state, base, merge }: Decision, sample: Sample, name: string): void {
  if (state === 'rejected') return;
  if (state === 'used' && base !== 'none' && !sample[base]) {
    throw new InvalidInputError(`${name}.base`, `a segmentation that sample ${sample.id} has`, base);
  }
  const other = targetRoles(base === 'none' ? 'seg1' : base, true).other ?? 'seg2';
  if (merge.length > 0 && !sample[other]) {
    const expected = `no merging mask: sample ${sample.id} has no ${other} to merge with`;
    throw new InvalidInputError(`${name}.merge`, expected, `${merge.length} shapes`);
  }
}

function readShape(value: unknown, name: string, depth: number, budget: Budget): Shape {
  const { rings, z, ...more } = recordOf(value, name, '{ rings, z }');
  refuseMore(more, name);
  if (!Array.isArray(rings) || rings.length === 0) {
    throw new InvalidInputError(`${name}.rings`, 'a list of an outline and its holes', rings);
  }
  const read = rings.map((ring, i) => {
    const points = readPoints(ring, `${name}.rings[${i}]`, budget);
    const last = points[points.length - 1];
    const closed = points.length > 1 && points[0][0] === last[0] && points[0][1] === last[1];
    if (points.length - (closed ? 1 : 0) < 3) {
      throw new InvalidInputError(`${name}.rings[${i}]`, 'at least 3 different points', points);
    }
    return points;
  });
  return { rings: read, z: readZ(z, `${name}.z`, depth) };
}

/** What marks lie in. */
interface Extent {
  depth: number;
  times: number;
}

function readMark(value: unknown, name: string, extent: Extent, budget: Budget): Mark {
  const isChange = isRecord(value) && 'becomes' in value;
  return isChange ? readChange(value, name, extent, budget) : readStroke(value, name, extent, budget);
}

function readChange(value: Record<string, unknown>, name: string, extent: Extent, budget: Budget): ObjectChange {
  const { object, becomes, outline, z, t, ...more } = value;
  refuseMore(more, name);
  const read = outline === undefined ? null : readPoints(outline, `${name}.outline`, budget);
  if (read && read.length < 3) throw new InvalidInputError(`${name}.outline`, 'at least 3 points', outline);
  return {
    object: readObject(object, `${name}.object`),
    becomes: becomes === null ? null : readObject(becomes, `${name}.becomes`),
    ...(read ? { outline: read } : {}),
    z: readZ(z, `${name}.z`, extent.depth),
    ...readTime(t, `${name}.t`, extent),
  };
}

function readObject(value: unknown, name: string): ObjectName {
  const expected = '{ of: "seg1", "seg2" or "new", number }';
  const { of, number, ...more } = recordOf(value, name, expected);
  refuseMore(more, name);
  if (of !== 'seg1' && of !== 'seg2' && of !== 'new')
    throw new InvalidInputError(`${name}.of`, 'seg1, seg2 or new', of);
  const [least, most] = of === 'new' ? [0, MOST_NEW] : [1, PAINTED_NUMBER - 1];
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most)
    return { of, number };
  throw new InvalidInputError(`${name}.number`, `a whole number from ${least} to ${most}`, number);
}

function readTime(value: unknown, name: string, { times }: Extent): { t?: number } {
  if (value === undefined) return {};
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < times) return { t: value };
  throw new InvalidInputError(name, `a time point from 0 to ${times - 1}, or nothing for all`, value);
}

function readStroke(value: unknown, name: string, extent: Extent, budget: Budget): Stroke {
  const expected = '{ points, radius, value, z, filled?, object?, t? } or { object, becomes, outline?, z, t? }';
  const { points, radius, value: drawn, z, filled, object, t, ...more } = recordOf(value, name, expected);
  refuseMore(more, name);
  if (filled !== undefined && filled !== true)
    throw new InvalidInputError(`${name}.filled`, 'true, or nothing', filled);
  const read = readPoints(points, `${name}.points`, budget);
  if (read.length < (filled ? 3 : 1)) {
    throw new InvalidInputError(`${name}.points`, filled ? 'at least 3 points' : 'at least one point', points);
  }
  if (typeof radius !== 'number' || !(radius >= 0 && radius <= DECISION_LIMITS.radius)) {
    throw new InvalidInputError(`${name}.radius`, `0 to ${DECISION_LIMITS.radius} pixels`, radius);
  }
  if (drawn !== 0 && drawn !== 1) throw new InvalidInputError(`${name}.value`, '0 or 1', drawn);
  const named = object === undefined ? null : readObject(object, `${name}.object`);
  if (!named && t !== undefined)
    throw new InvalidInputError(`${name}.t`, 'nothing: a stroke without object is at all times', t);
  if (named && drawn === 0)
    throw new InvalidInputError(`${name}.object`, 'nothing: what is erased is of no object', object);
  return {
    ...{ points: read, radius, value: drawn, z: readZ(z, `${name}.z`, extent.depth), ...(filled ? { filled } : {}) },
    ...(named ? { object: named, ...readTime(t, `${name}.t`, extent) } : {}),
  };
}

function readPoints(value: unknown, name: string, budget: Budget): Point[] {
  if (!Array.isArray(value)) throw new InvalidInputError(name, 'a list of [x, y]', value);
  budget.points(value.length);
  const wrong = value.findIndex((point) => !isPoint(point));
  if (wrong < 0) return value.map(([x, y]: Point): Point => [x, y]);
  const expected = `[x, y], finite numbers within ±${DECISION_LIMITS.coordinate}`;
  const point: unknown = value[wrong];
  throw new InvalidInputError(`${name}[${wrong}]`, expected, Array.isArray(point) ? point.map(String) : point);
}

function isPoint(value: unknown): value is Point {
  const most = DECISION_LIMITS.coordinate;
  return Array.isArray(value) && value.length === 2 && value.every((n) => typeof n === 'number' && Math.abs(n) <= most);
}

function readZ(value: unknown, name: string, depth: number): [number, number] | null {
  if (value === null) return null;
  const fits = Array.isArray(value) && value.length === 2 && value.every((z) => Number.isInteger(z));
  if (fits && value[0] >= 0 && value[0] <= value[1] && value[1] < depth) return [value[0], value[1]];
  const expected = `null, or [first, last] with 0 <= first <= last <= ${depth - 1}, the image's last plane`;
  throw new InvalidInputError(name, expected, value);
}

function recordOf(value: unknown, name: string, expected: string): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw new InvalidInputError(name, expected, value);
}

function refuseMore(more: Record<string, unknown>, name: string): void {
  const [key] = Object.keys(more);
  if (key !== undefined) throw new InvalidInputError(`${name}.${key}`, 'no such property', more[key]);
}

/** Counts what a decision holds before it is looked at. */
class Budget {
  private pointsLeft: number = DECISION_LIMITS.points;

  constructor(private readonly name: string) {}

  shapes(shapes: number, strokes: number): void {
    if (shapes > DECISION_LIMITS.shapes) {
      const name = `${this.name}, merging and excluding shapes`;
      throw new InvalidInputError(name, `at most ${DECISION_LIMITS.shapes}`, shapes);
    }
    if (strokes > DECISION_LIMITS.strokes) {
      throw new InvalidInputError(`${this.name}, strokes`, `at most ${DECISION_LIMITS.strokes}`, strokes);
    }
  }

  points(points: number): void {
    this.pointsLeft -= points;
    if (this.pointsLeft >= 0) return;
    const used = DECISION_LIMITS.points - this.pointsLeft;
    throw new InvalidInputError(`${this.name}, points`, `at most ${DECISION_LIMITS.points} in all`, `${used} or more`);
  }
}
