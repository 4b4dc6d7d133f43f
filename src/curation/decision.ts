import type { DrawnMark } from '../masks/object-edits';
import type { ObjectName } from '../masks/object-names';
import type { RegionPolygon, Regions } from '../masks/regions';
import type { Base, Drawing } from '../masks/target';

/** undecided: nobody has said anything; used: it goes on to training; rejected: it does not */
export type ReviewState = 'undecided' | 'used' | 'rejected';

/** [x, y] in pixels of level 0; whole numbers are pixel centres. */
export type Point = [number, number];

/** A closed region, its outline first, holes after; the last point is joined to the first. */
export interface Shape {
  rings: Point[][];
  /** first and last plane, 0-based, inclusive; null: all */
  z: [number, number] | null;
}

/** One stroke of the brush: discs along a line, or all within it, become foreground (1) or background (0) of the target. */
export interface Stroke {
  points: Point[];
  /** pixels */
  radius: number;
  value: 0 | 1;
  z: [number, number] | null;
  /** the line is a closed outline, whose inside counts; its radius is 0 */
  filled?: true;
  /** what is painted is of this object; absent: of the one that it touches there, or else of a new one */
  object?: ObjectName;
  /** time point of a stroke that names its object; absent: all */
  t?: number;
}

/** An object, or what of it lies inside an outline, becomes another one: so objects are deleted, merged and split. */
export interface ObjectChange {
  object: ObjectName;
  /** null: background */
  becomes: ObjectName | null;
  /** closed; absent: all of the object */
  outline?: Point[];
  z: [number, number] | null;
  /** time point; absent: all */
  t?: number;
}

/** What was done to a target, in the order in which it was. */
export type Mark = Stroke | ObjectChange;

export function isObjectChange(mark: Mark): mark is ObjectChange {
  return 'becomes' in mark;
}

/** Whether a decision names objects, which its target has to number then. */
export function changesObjects({ strokes }: Pick<Decision, 'strokes'>): boolean {
  return strokes.some((mark) => isObjectChange(mark) || mark.object !== undefined);
}

/** What people decided about one sample. */
export interface Decision {
  state: ReviewState;
  /** why it was rejected */
  reason: string | null;
  /** none: the target is painted from nothing */
  base: Base;
  merge: Shape[];
  exclude: Shape[];
  /** applied after merging, in order */
  strokes: Mark[];
}

/** Gives shapes as polygons that the mask nodes take; null where there are none. */
export function regionsOfShapes(shapes: readonly Shape[]): Regions | null {
  return shapes.length === 0 ? null : { polygons: shapes.map(polygonOf) };
}

/** Gives what a decision draws, as targets are made of it. */
export function drawingOf({ merge, exclude, strokes }: Pick<Decision, 'merge' | 'exclude' | 'strokes'>): Drawing {
  return {
    merge: merge.map(polygonOf),
    exclude: exclude.map(polygonOf),
    strokes: strokes.map(drawnMark),
  };
}

function drawnMark(mark: Mark): DrawnMark {
  const { z, t, object } = mark;
  const where = { ...(z ? { z } : {}), ...(t === undefined ? {} : { t }) };
  if (isObjectChange(mark)) {
    const { object, becomes, outline } = mark;
    return { object, becomes, ...where, ...(outline ? { outline: outline.map(swapped) } : {}) };
  }
  const { points, radius, value, filled } = mark;
  const line = { points: points.map(swapped), radius, value, ...(filled ? { filled } : {}) };
  return { ...line, ...where, ...(object ? { object } : {}) };
}

/** Gives polygons as shapes of a decision. */
export function shapesOfRegions({ polygons }: Regions): Shape[] {
  return polygons.map(({ polygon, holes = [], z }) => ({
    rings: [polygon, ...holes].map((ring) => ring.map(swapped)),
    z: z ?? null,
  }));
}

function polygonOf({ rings: [outline, ...holes], z }: Shape): RegionPolygon {
  return {
    polygon: outline.map(swapped),
    ...(holes.length > 0 ? { holes: holes.map((hole) => hole.map(swapped)) } : {}),
    ...(z ? { z } : {}),
  };
}

/** [x, y] from [y, x], and the other way round. */
function swapped([a, b]: Readonly<Point>): Point {
  return [b, a];
}
