import type { Zyx } from '../image/region';
import type { ChannelWindows } from './channel-windows';
import type { Measure } from './measures';

/** Where a window's middle lies in a plane, 0 to 1 along y and x. */
export type Place = readonly [v: number, u: number];

/**
 * What is measured of each channel across the field: the logarithm of noise and finest detail, as a slope along x and y and a
 * bowl. Light that falls off takes these along. How bright objects are would tell it more directly, but they differ too much
 * from one another: as sure, it told more of images of the same kind.
 */
export const FIELD: readonly Measure[] = [
  { name: 'slope-x', floor: 0.1, words: ['light falls off to the right', 'light falls off to the left'] },
  { name: 'slope-y', floor: 0.1, words: ['light falls off to the bottom', 'light falls off to the top'] },
  { name: 'bowl', floor: 0.2, words: ['light falls off to the edges', 'light falls off to the middle'] },
];

/** Fewer windows, or places along an axis, tell no trend. */
const [FEWEST_WINDOWS, FEWEST_PLACES] = [9, 3];
/** Gives the place of a window. @param corner [z, y, x] of its first voxel @param shape [z, y, x] of the image */
export function placeOf([, y, x]: Readonly<Zyx>, [, height, width]: Readonly<Zyx>, shape: Readonly<Zyx>): Place {
  return [(y + height / 2) / shape[1], (x + width / 2) / shape[2]];
}

/**
 * Fits how windows of a channel change across the field.
 * @param places of all of them
 * @returns the numbers of {@link FIELD}; null where they are too few, or too close, to tell
 */
export function trendsOver(windows: readonly ChannelWindows[], places: readonly Place[]): number[] | null {
  const along = [0, 1].map((axis) => new Set(places.map((place) => place[axis])).size);
  if (places.length < Math.max(FEWEST_WINDOWS, windows.length) || Math.min(...along) < FEWEST_PLACES) return null;
  return trendOf(
    places,
    windows.map(({ high }) => high.quantile(0.5)),
  );
}

/** Least squares of a plane with a bowl: its slopes along x and y across the whole field, and the bowl. */
function trendOf(places: readonly Place[], values: readonly number[]): number[] {
  const rows = places.map(([v, u]) => [1, u - 0.5, v - 0.5, (u - 0.5) ** 2 + (v - 0.5) ** 2 - 1 / 6]);
  const size = rows[0].length;
  const sums = Array.from({ length: size }, () => new Float64Array(size + 1));
  for (const [i, row] of rows.entries()) {
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < size; b++) sums[a][b] += row[a] * row[b];
      sums[a][size] += row[a] * values[i];
    }
  }
  return solved(sums).slice(1);
}

/** By elimination of Gauss and Jordan with pivots; what is not told is 0. */
function solved(rows: Float64Array[]): number[] {
  const size = rows.length;
  for (let a = 0; a < size; a++) rows[a][a] += 1e-9;
  for (let a = 0; a < size; a++) {
    const best = rows.reduce((p, row, r) => (r >= a && Math.abs(row[a]) > Math.abs(rows[p][a]) ? r : p), a);
    [rows[a], rows[best]] = [rows[best], rows[a]];
    for (let r = 0; r < size; r++) {
      const factor = r === a ? 0 : rows[r][a] / rows[a][a];
      for (let c = a; c <= size; c++) rows[r][c] -= factor * rows[a][c];
    }
  }
  return rows.map((row, r) => row[size] / row[r]);
}
