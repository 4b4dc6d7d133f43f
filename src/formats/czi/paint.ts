import type { PixelArray } from '../../image/dtype';
import type { Tile } from './levels';

/** A rectangle of a plane. */
export interface Window {
  y: number;
  x: number;
  height: number;
  width: number;
}

/** The part of a tile that lies in the window, in coordinates of the tile; null where they do not touch. */
export function overlapOf(tile: Tile, window: Window): Window | null {
  const y0 = Math.max(tile.y, window.y);
  const x0 = Math.max(tile.x, window.x);
  const y1 = Math.min(tile.y + tile.height, window.y + window.height);
  const x1 = Math.min(tile.x + tile.width, window.x + window.width);
  if (y0 >= y1 || x0 >= x1) return null;
  return { y: y0 - tile.y, x: x0 - tile.x, height: y1 - y0, width: x1 - x0 };
}

/**
 * Copies one value of each pixel of a tile into a plane of the window's size.
 * @param values rows of the tile from `firstRow` on, with `stored` values a pixel, of which number `sample` is taken
 * @param part of the tile, as {@link overlapOf} gives it
 * @param at where the window's plane begins in `out`
 */
export function paint(
  source: { values: PixelArray; stored: number; sample: number; firstRow: number },
  tile: Tile,
  part: Window,
  window: Window,
  out: PixelArray,
  at: number,
): void {
  const { values, stored, sample, firstRow } = source;
  for (let row = 0; row < part.height; row++) {
    let from = ((part.y + row - firstRow) * tile.width + part.x) * stored + sample;
    let to = at + (tile.y + part.y + row - window.y) * window.width + tile.x + part.x - window.x;
    if (stored === 1) {
      out.set(values.subarray(from, from + part.width), to);
      continue;
    }
    for (let i = 0; i < part.width; i++, from += stored) out[to++] = values[from];
  }
}
