import { InvalidInputError } from '../base/errors';
import { halved, SMALLEST_LEVEL } from '../formats/pyramid';
import type { PixelArray } from '../image/dtype';
import type { Shape5 } from '../image/region';

/** A size at which an image is drawn. */
export interface PictureLevel {
  /** [y, x] */
  size: [number, number];
  /** the level of the file that it is; null: it is made by halving the level before */
  stored: number | null;
}

/**
 * Lists the sizes at which an image is drawn, each half of the one before (an odd end rounded up, or down where the file
 * does so), down to one that a screen shows whole. Levels of the file are used where they fit.
 * @param shape [t, c, z, y, x] of the image
 * @param stored of each level of its file; only the first where the image is a part of the file's
 */
export function pictureLevels(shape: Readonly<Shape5>, stored: readonly Shape5[]): PictureLevel[] {
  const levels: PictureLevel[] = [{ size: [shape[3], shape[4]], stored: 0 }];
  for (let [y, x] = levels[0].size; Math.max(y, x) > SMALLEST_LEVEL; ) {
    const index = stored.findIndex((level) => level[2] === shape[2] && isHalf(level[3], y) && isHalf(level[4], x));
    [y, x] = index > 0 ? [stored[index][3], stored[index][4]] : [halved(y), halved(x)];
    levels.push({ size: [y, x], stored: index > 0 ? index : null });
  }
  return levels;
}

/** Finds the nearest level at or before this one that the file holds. */
export function storedBefore(levels: readonly PictureLevel[], level: number): number {
  let at = level;
  while (levels[at].stored === null) at--;
  return at;
}

function isHalf(size: number, of: number): boolean {
  return size === Math.ceil(of / 2) || size === Math.max(1, Math.floor(of / 2));
}

/** Side of a tile, pixels of its level. */
export const TILE = 512;

/** Rows and columns of a plane. */
export interface TileWindow {
  y: number;
  x: number;
  height: number;
  width: number;
}

export interface Tile {
  /** [y, x], C order */
  pixels: PixelArray;
  height: number;
  width: number;
}

/** Finds where a tile lies in a plane. @throws InvalidInputError where the plane has no such tile */
export function tileWindow([height, width]: readonly [number, number], row: number, column: number): TileWindow {
  const [y, x] = [row * TILE, column * TILE];
  if (!(y < height && x < width)) {
    const last = `${Math.ceil(height / TILE) - 1}, ${Math.ceil(width / TILE) - 1}`;
    throw new InvalidInputError('tile (row, column)', `at most ${last}`, `${row}, ${column}`);
  }
  return { y, x, height: Math.min(TILE, height - y), width: Math.min(TILE, width - x) };
}

/** Cuts the pixels of a window of a plane. @param columns of the plane */
export function cutWindow(plane: PixelArray, columns: number, { y, x, height, width }: TileWindow): PixelArray {
  const tile = plane.slice(0, height * width);
  for (let row = 0; row < height; row++) {
    const from = (y + row) * columns + x;
    tile.set(plane.subarray(from, from + width), row * width);
  }
  return tile;
}
