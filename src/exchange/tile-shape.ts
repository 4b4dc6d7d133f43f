import { tileFor } from '../inference/tiles';
import type { ModelCard } from '../models/card';
import { divisorsOf } from '../network/spec';

/** What tiles of a model may be, [(z,) y, x]. */
export interface TileShape {
  /** near the patch: what the network learned from */
  size: number[];
  /** what larger ones are larger by; null: there are none */
  step: number[] | null;
  /** pixels at each border that are better taken from the next tile */
  halo: number[];
}

/** Of a tile, at each border. */
const HALO = 1 / 8;

/** Says what tiles of a model may be, for programs that cut them themselves. */
export function tileShape(card: ModelCard): TileShape {
  const { dimensions, patch, fixedSize, smallestTile, halo } = card;
  const sizes = [patch.z ?? 1, patch.y, patch.x].slice(3 - dimensions);
  const units = divisorsOf(card).slice(3 - dimensions);
  const size = fixedSize
    ? sizes
    : sizes.map((n, axis) => tileFor(n, { unit: units[axis], smallest: smallestTile?.[axis] ?? units[axis] }));
  return {
    size,
    step: fixedSize ? null : units,
    halo: halo ?? size.map((n) => Math.floor(n * HALO)),
  };
}
