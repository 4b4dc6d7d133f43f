import { InvalidInputError } from '../base/errors';
import type { PixelArray } from '../image/dtype';

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

/** Where a tile lies in a plane. @throws InvalidInputError where the plane has no such tile */
export function tileWindow([height, width]: readonly [number, number], row: number, column: number): TileWindow {
  const [y, x] = [row * TILE, column * TILE];
  if (!(y < height && x < width)) {
    const last = `${Math.ceil(height / TILE) - 1}, ${Math.ceil(width / TILE) - 1}`;
    throw new InvalidInputError('tile (row, column)', `at most ${last}`, `${row}, ${column}`);
  }
  return { y, x, height: Math.min(TILE, height - y), width: Math.min(TILE, width - x) };
}

/** The pixels of a window of a plane. @param columns of the plane */
export function cutWindow(plane: PixelArray, columns: number, { y, x, height, width }: TileWindow): PixelArray {
  const tile = plane.slice(0, height * width);
  for (let row = 0; row < height; row++) {
    const from = (y + row) * columns + x;
    tile.set(plane.subarray(from, from + width), row * width);
  }
  return tile;
}
