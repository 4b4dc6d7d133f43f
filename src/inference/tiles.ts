import { InvalidInputError } from '../base/errors';
import type { Zyx } from '../image/region';
import type { ModelCard } from '../models/card';
import { divisorsOf } from '../network/spec';
import { roundUp } from '../patches/plan';

/** What of a card decides the tiles. */
export type TileGeometry = Pick<
  ModelCard,
  'dimensions' | 'patch' | 'divisor' | 'tiles' | 'fixedSize' | 'smallestTile' | 'halo'
>;

/** The tiles along one axis. */
export interface AxisTiles {
  /** pixels of the image */
  size: number;
  /** pixels of each tile; more than `size` where the image is padded at its end */
  tile: number;
  /** first pixel of each tile, ascending; every pixel lies in a tile */
  starts: number[];
  /** pixels at each border of a tile that count nothing where another tile has them; absent: 0 */
  halo?: number;
}

/** All tiles of an image: every combination of the axes' starts. In 2D each plane is a row of its own, of tile size 1. */
export interface TilePlan {
  dimensions: 2 | 3;
  overlap: number;
  z: AxisTiles;
  y: AxisTiles;
  x: AxisTiles;
}

/** How far tiles may exceed the patch. */
interface Growth {
  /** along an axis */
  longest: number;
  /** in pixels */
  largest: number;
}

/**
 * Instance norm makes a prediction depend on the tile's size. Where structures are sparse a large tile has other
 * statistics than the patches the network learned from, so tiles stay near the patch (1.5 x 1.5). Where they are dense
 * a large tile has steadier ones, and fewer borders: a training finds out which it is on its validation images.
 */
const GROWTH: Record<'patch' | 'large', Growth> = {
  patch: { longest: 1.5, largest: 2.25 },
  large: { longest: 4, largest: Number.POSITIVE_INFINITY },
};
/**
 * To bound the memory (about 0.7 KB a pixel with 16 filters), tiles have at most this many pixels, ...
 */
const LARGEST_PIXELS = 1.25 * 2 ** 20;
/** ... but always so many times the patch's pixels, that one plane more than the patch has makes no second row; ... */
const LEAST_ROOM = 1.25;
/** ... and of plans whose cost differs by less than this the one with the smallest tiles, or the largest ones. */
const SAME_COST = 1.05;
/** Above this overlap the number of tiles explodes without any gain. */
const MOST_OVERLAP = 0.9;

/**
 * Chooses the tiles of an image: a function of the card, the image's shape and the overlap alone, so that a result
 * never depends on the device or on free memory. Of all tile sizes that the card allows it takes the cheapest
 * (fewest pixels computed), spread evenly.
 *
 * Examples along one axis, divisor 4, overlap 0.25:
 * - 65 pixels, patch 64: one tile of 68, not two of 64;
 * - 50 pixels, patch 64: one tile of 52;
 * - 96 pixels, patch 64: one tile of 96 (1.5 times the patch);
 * - 100 pixels, patch 64: two tiles of 64 at 0 and 36;
 * - 512 pixels, patch 128: five tiles of 128 at 0, 96, 192, 288 and 384;
 * - 100 pixels, patch 64, large tiles: one tile of 100;
 * - 100 pixels, patch 64, halo 20: two tiles of 72 at 0 and 28.
 *
 * @param shape [z, y, x] of the image
 * @param overlap fraction of a tile that the next one covers again, 0 to 0.9
 * @throws InvalidInputError for an overlap out of range
 */
export function planTiles(geometry: TileGeometry, shape: Zyx, overlap: number): TilePlan {
  if (!(overlap >= 0 && overlap <= MOST_OVERLAP)) {
    throw new InvalidInputError('overlap', `a fraction from 0 to ${MOST_OVERLAP}`, overlap);
  }
  const { dimensions, patch, tiles = 'patch', fixedSize } = geometry;
  const { longest, largest } = fixedSize ? GROWTH.patch : GROWTH[tiles];
  const sizes: Zyx = [patch.z ?? 1, patch.y, patch.x];
  const units: Zyx = fixedSize ? sizes : divisorsOf(geometry);
  const series = units.map((unit, axis): TileSizes => {
    const given = axis - 3 + dimensions;
    const smallest = fixedSize ? unit : (geometry.smallestTile?.[given] ?? unit);
    return { unit, smallest, halo: geometry.halo?.[given] ?? 0 };
  });
  const choices = shape.map((size, axis) =>
    dimensions === 2 && axis === 0 ? [planes(size)] : axisChoices(size, sizes[axis], series[axis], longest, overlap),
  );
  const patchPixels = sizes.reduce((product, size, axis) => product * tileFor(size, series[axis]), 1);
  const limit = Math.max(LEAST_ROOM * patchPixels, Math.min(largest * patchPixels, LARGEST_PIXELS));

  const plans: TilePlan[] = [];
  for (const z of choices[0]) {
    for (const y of choices[1]) {
      for (const x of choices[2]) {
        const plan: TilePlan = { dimensions, overlap, z, y, x };
        if (tilePixels(plan) <= limit) plans.push(plan);
      }
    }
  }
  const cheapest = Math.min(...plans.map(cost));
  const good = plans.filter((plan) => cost(plan) <= SAME_COST * cheapest).sort((a, b) => tilePixels(a) - tilePixels(b));
  return tiles === 'large' ? good[good.length - 1] : good[0];
}

/** Counts the pixels of one tile. */
export function tilePixels({ z, y, x }: TilePlan): number {
  return z.tile * y.tile * x.tile;
}

/** Counts the tiles. */
export function tileCount({ z, y, x }: TilePlan): number {
  return z.starts.length * y.starts.length * x.starts.length;
}

/** Pixels that all tiles together have: what a prediction costs. */
function cost(plan: TilePlan): number {
  return tileCount(plan) * tilePixels(plan);
}

function planes(size: number): AxisTiles {
  return { size, tile: 1, starts: Array.from({ length: size }, (_, z) => z) };
}

/** The sizes that tiles may have along an axis: the smallest, and multiples of the unit more. */
interface TileSizes {
  unit: number;
  smallest: number;
  halo: number;
}

/** Gives the smallest tile of at least so many pixels. */
export function tileFor(pixels: number, { unit, smallest }: Pick<TileSizes, 'unit' | 'smallest'>): number {
  return smallest + roundUp(Math.max(0, pixels - smallest), unit);
}

/** For each possible number of tiles the smallest tile size that covers the axis with it. */
function axisChoices(size: number, patch: number, sizes: TileSizes, longest: number, overlap: number): AxisTiles[] {
  const { unit, smallest: least, halo } = sizes;
  const preferred = tileFor(patch, sizes);
  const smallest = Math.min(preferred, tileFor(size, sizes));
  const most = Math.min(tileFor(size, sizes), least + Math.floor((longest * patch - least) / unit) * unit);
  const largest = Math.max(preferred, most);
  const byCount = new Map<number, AxisTiles>();
  for (let tile = smallest; tile <= largest; tile += unit) {
    const step = Math.max(1, Math.min(Math.floor(tile * (1 - overlap)), tile - 2 * halo));
    const count = tile >= size ? 1 : 1 + Math.ceil((size - tile) / step);
    const around = halo > 0 ? { halo } : {};
    if (!byCount.has(count)) byCount.set(count, { size, tile, starts: spread(size, tile, count), ...around });
    if (count === 1) break;
  }
  return [...byCount.values()];
}

/** Starts of `count` tiles, the first at 0, the last ending at `size`, evenly spread. */
function spread(size: number, tile: number, count: number): number[] {
  const room = Math.max(0, size - tile);
  return Array.from({ length: count }, (_, i) => (count === 1 ? 0 : Math.round((i * room) / (count - 1))));
}
