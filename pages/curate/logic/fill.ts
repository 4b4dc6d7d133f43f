import type { Point } from '../../../src/curation/decision';
import { FOREGROUND } from '../../../src/masks/target';
import type { Area } from '../../shared/logic/tile-grid';
import type { Size } from '../../shared/logic/view-transform';
import type { TextKey } from './texts';

/** Side of the part of a plane that is looked at, pixels: what is filled is smaller. */
const LARGEST = 2048;
/** Vertices of an outline: a decision has room for some of these. */
const MOST_POINTS = 10_000;

/** Why nothing is filled: the point is foreground, the outline leaves what was looked at, or is too ragged to keep. */
export type NotFilled = 'foreground' | 'open' | 'ragged';

export const NOT_FILLED_TEXTS = {
  open: 'fill.open',
  ragged: 'fill.ragged',
  /** the pixels around the point are not there yet */
  unloaded: 'fill.unloaded',
} as const satisfies Partial<Record<NotFilled | 'unloaded', TextKey>>;

/** The part of the plane around a point in which its outline is looked for; null off the image. */
export function fillArea({ width, height }: Size, [x, y]: Point): Area | null {
  const [column, row] = [Math.round(x), Math.round(y)];
  if (column < 0 || row < 0 || column >= width || row >= height) return null;
  const start = (at: number, length: number) => Math.max(0, Math.min(at - LARGEST / 2, Math.max(0, length - LARGEST)));
  const [u0, v0] = [start(column, width), start(row, height)];
  return { u0, v0, u1: Math.min(width, u0 + LARGEST), v1: Math.min(height, v0 + LARGEST) };
}

/**
 * The outline of the background around a point, where foreground or the end of the image encloses it. What lies within,
 * foreground or not, is inside of it.
 * @param pixels [y, x] of the area, as `makeTarget` makes them
 * @param whole the image's size; an outline may end where the image does
 * @returns corners of pixels, [x, y] of the image
 */
export function outlineAround(pixels: ArrayLike<number>, area: Area, [x, y]: Point, whole: Size): Point[] | NotFilled {
  const [width, height] = [area.u1 - area.u0, area.v1 - area.v0];
  const start = (Math.round(y) - area.v0) * width + (Math.round(x) - area.u0);
  if (pixels[start] === FOREGROUND) return 'foreground';
  const region = regionAround(pixels, width, start);
  const reaches = (length: number, at: (i: number) => number) => {
    for (let i = 0; i < length; i++) if (region[at(i)]) return true;
    return false;
  };
  const isOpen =
    (area.v0 > 0 && reaches(width, (i) => i)) ||
    (area.v1 < whole.height && reaches(width, (i) => (height - 1) * width + i)) ||
    (area.u0 > 0 && reaches(height, (i) => i * width)) ||
    (area.u1 < whole.width && reaches(height, (i) => i * width + width - 1));
  if (isOpen) return 'open';
  const corners = trace(region, width, height);
  if (corners.length > MOST_POINTS) return 'ragged';
  return corners.map(([column, row]): Point => [column + area.u0 - 0.5, row + area.v0 - 0.5]);
}

/** The pixels that are no foreground and joined to one by their sides; non-zero is part of it. */
function regionAround(pixels: ArrayLike<number>, width: number, start: number): Uint8Array {
  const { length } = pixels;
  const region = new Uint8Array(length);
  const open = [start];
  region[start] = 1;
  const see = (i: number) => {
    if (region[i] || pixels[i] === FOREGROUND) return;
    region[i] = 1;
    open.push(i);
  };
  for (let i = open.pop(); i !== undefined; i = open.pop()) {
    const column = i % width;
    if (column > 0) see(i - 1);
    if (column < width - 1) see(i + 1);
    if (i >= width) see(i - width);
    if (i + width < length) see(i + width);
  }
  return region;
}

/** Right, down, left, up. */
const WAYS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

/**
 * The outer border of a region, clockwise from the upper left corner of its first pixel, corners only. Where pixels meet
 * in a corner only, the way stays at the same one: the region is joined by sides.
 */
function trace(region: Uint8Array, width: number, height: number): Array<[x: number, y: number]> {
  const first = region.indexOf(1);
  const begin = [first % width, Math.floor(first / width)] as const;
  const isIn = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && region[y * width + x] === 1;
  const corners: Array<[number, number]> = [];
  let [x, y]: readonly [number, number] = begin;
  let way = 0;
  do {
    corners.push([x, y]);
    // Along a side with the region on the right, as far as it goes straight on.
    for (let turned = false; !turned; ) {
      const [dx, dy] = WAYS[way];
      x += dx;
      y += dy;
      const ahead = pixelsAhead(x, y, way);
      if (!isIn(...ahead.right)) {
        way = (way + 1) % 4;
        turned = true;
      } else if (isIn(...ahead.left)) {
        way = (way + 3) % 4;
        turned = true;
      }
    }
  } while (x !== begin[0] || y !== begin[1] || way !== 0);
  return corners;
}

/** The pixels to the right and left of the next side, on the way from a corner. */
function pixelsAhead(x: number, y: number, way: number): Record<'right' | 'left', [number, number]> {
  const [northWest, northEast]: Array<[number, number]> = [
    [x - 1, y - 1],
    [x, y - 1],
  ];
  const [southWest, southEast]: Array<[number, number]> = [
    [x - 1, y],
    [x, y],
  ];
  if (way === 0) return { right: southEast, left: northEast };
  if (way === 1) return { right: southWest, left: southEast };
  if (way === 2) return { right: northWest, left: southWest };
  return { right: northEast, left: northWest };
}
