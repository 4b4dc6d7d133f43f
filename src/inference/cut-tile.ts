import { mirrored, type Zyx } from '../image/region';
import type { TilePlan } from './tiles';

/** Which axes of a tile are mirrored, [z, y, x]. */
export type Mirror = readonly [z: boolean, y: boolean, x: boolean];

/**
 * Lists the mirrorings whose predictions are averaged: all of y and x, and of z in 3D; without averaging the plain one
 * alone.
 */
export function mirrorings(dimensions: 2 | 3, average: boolean): Mirror[] {
  const both = average ? [false, true] : [false];
  const alongZ = dimensions === 3 ? both : [false];
  return alongZ.flatMap((z) => both.flatMap((y) => both.map((x): Mirror => [z, y, x])));
}

/** Writes a row backwards in place. */
export function reverseRow(data: Float32Array, start: number, length: number): void {
  for (let left = start, right = start + length - 1; left < right; left++, right--) {
    const value = data[left];
    data[left] = data[right];
    data[right] = value;
  }
}

/** Normalised pixels by plane. A source may hold some rows and columns of each plane only. */
export interface PlaneSource {
  /**
   * The rows and columns of a plane that are held, C order over [y, x].
   * @param z within the image
   */
  plane(channel: number, z: number): Float32Array;
  /** the image row and column that the planes begin with */
  firstRow: number;
  firstColumn: number;
  /** columns held */
  width: number;
}

/**
 * Copies a tile, C order over [c, z, y, x], to `target` from `offset`. What lies beyond the image's end is its mirror
 * image (without repeating the edge), so that padding changes the statistics of instance norm as little as it can.
 * @param start [z, y, x] of the tile in the image
 */
export function cutTile(
  source: PlaneSource,
  channels: number,
  plan: TilePlan,
  start: Zyx,
  mirror: Mirror,
  target: Float32Array,
  offset: number,
): void {
  const { z, y, x } = plan;
  const { firstRow, firstColumn, width } = source;
  const inside = Math.min(x.tile, x.size - start[2]);
  let row = offset;
  for (let channel = 0; channel < channels; channel++) {
    for (let k = 0; k < z.tile; k++) {
      const fromZ = start[0] + (mirror[0] ? z.tile - 1 - k : k);
      const plane = source.plane(channel, mirrored(fromZ, z.size));
      for (let j = 0; j < y.tile; j++) {
        const fromY = mirrored(start[1] + (mirror[1] ? y.tile - 1 - j : j), y.size);
        const from = (fromY - firstRow) * width - firstColumn;
        target.set(plane.subarray(from + start[2], from + start[2] + inside), row);
        for (let i = inside; i < x.tile; i++) target[row + i] = plane[from + mirrored(start[2] + i, x.size)];
        if (mirror[2]) reverseRow(target, row, x.tile);
        row += x.tile;
      }
    }
  }
}
