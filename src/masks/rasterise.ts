import { InvalidInputError } from '../base/errors';
import type { Band } from '../image/bands';
import type { ObjectName } from './object-names';
import { fillPolygon, type Vertex } from './polygon-mask';
import type { RegionPolygon, Regions, ZRange } from './regions';
import { fillStroke, type StrokeLine } from './stroke-mask';

/** A rectangle of one plane, in pixels of a grid. */
export interface PlanePart {
  /** the plane, 0-based */
  z: number;
  y: number;
  x: number;
  height: number;
  width: number;
  /** pixels of the image that a pixel of the grid stands for, each way */
  step: number;
  /** time point; absent: 0 */
  t?: number;
}

/** @param width of the image */
export function partOfBand({ t, z, y, rows }: Band, width: number): PlanePart {
  return { t, z, y, x: 0, height: rows, width, step: 1 };
}

/** One stroke of the brush: discs along a line, or all within it, become foreground (1) or background (0). */
export interface DrawnStroke extends StrokeLine {
  value: 0 | 1;
  /** the line is a closed outline, whose inside counts; the radius does not */
  filled?: boolean;
  /** planes the stroke lies in; absent: all */
  z?: ZRange;
  /** what is painted is of this object, whatever was there; absent: of the one below, or else a new one */
  object?: ObjectName;
  /** time point of a stroke that names its object; absent: all */
  t?: number;
}

/** What {@link strokeRasteriser} says of a pixel. */
export const UNTOUCHED = 0;
export const ERASED = 1;
export const PAINTED = 2;

/** What is drawn on a part of a plane, [y, x]; null: nothing. Parts that hold the same share one array: not to be written to. */
export type Rasteriser = (part: PlanePart) => Uint8Array<ArrayBuffer> | null;

/**
 * Rasterises polygons, united, a part of a plane at a time: each is filled as `polygon2mask` fills it, 1 inside, 0
 * outside. Every part is what the whole plane has there; in a coarser grid it is the same region in coarser pixels.
 */
export function rasteriser({ polygons }: Regions): Rasteriser {
  return remembering(polygons, ({ polygon, holes = [] }, { y, x, height, width, step }, mask) => {
    const rings = [polygon, ...holes].map((ring) => onGrid(ring, step));
    fillPolygon(rings, y + height, width, mask, y, x);
  });
}

/**
 * Rasterises strokes in their order, a part of a plane at a time: pixels within the radius of a line, or inside a filled
 * one as `polygon2mask` has it, become {@link PAINTED} or {@link ERASED}, others are {@link UNTOUCHED}.
 */
export function strokeRasteriser(strokes: readonly DrawnStroke[]): Rasteriser {
  return remembering(strokes, ({ points, radius, value: drawn, filled }, { y, x, height, width, step }, mask) => {
    const value = drawn === 1 ? PAINTED : ERASED;
    const line = onGrid(points, step);
    if (filled) fillPolygon([line], y + height, width, mask, y, x, value);
    else fillStroke({ points: line, radius: radius / step, value }, y + height, width, mask, y, x);
  });
}

/** @throws InvalidInputError where a polygon's planes lie beyond the image */
export function checkPlanes({ polygons }: Regions, zCount: number): void {
  for (const [i, { z }] of polygons.entries()) {
    if (z && z[1] >= zCount) {
      throw new InvalidInputError(`polygon ${i}, z`, `planes within 0..${zCount - 1}, as the image has`, z);
    }
  }
}

/** Whether something lies in a plane. @param z its first and last plane; absent or null: all */
export function isInPlane(z: ZRange | null | undefined, plane: number): boolean {
  return !z || (plane >= z[0] && plane <= z[1]);
}

/** Most planes of a stack hold the same as the one before: then the same part is not drawn again. */
function remembering<T extends { z?: RegionPolygon['z'] }>(
  items: readonly T[],
  draw: (item: T, part: PlanePart, mask: Uint8Array) => void,
): Rasteriser {
  let last: { items: T[]; part: PlanePart; mask: Uint8Array<ArrayBuffer> } | undefined;
  return (part) => {
    const here = items.filter(({ z }) => isInPlane(z, part.z));
    if (here.length === 0) return null;
    if (last && isSamePart(last.part, part) && sameItems(last.items, here)) return last.mask;
    const mask = new Uint8Array(part.height * part.width);
    for (const item of here) draw(item, part, mask);
    last = { items: here, part, mask };
    return mask;
  };
}

/** A coarser pixel's centre lies amid the pixels it stands for. */
function onGrid(points: readonly Vertex[], step: number): readonly Vertex[] {
  return step === 1 ? points : points.map(([y, x]): Vertex => [(y + 0.5) / step - 0.5, (x + 0.5) / step - 0.5]);
}

/** But for the plane. */
function isSamePart(a: PlanePart, b: PlanePart): boolean {
  return (['y', 'x', 'height', 'width', 'step'] as const).every((name) => a[name] === b[name]);
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}
