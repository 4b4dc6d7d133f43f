import { type Accumulator, sumsInMemory } from './accumulator';
import type { Mirror } from './cut-tile';
import type { AxisTiles, TilePlan } from './tiles';

/** A probability of 1 as stored in a sum; leaves room for 2, and rounds to less than 1e-9. */
const ONE = 2 ** 30;

/** Which tile: indices into the plan's starts. */
export interface TileIndex {
  z: number;
  y: number;
  x: number;
}

/**
 * Sums weighted tiles over a ring of planes, or over the rows of one plane. Contributions are rounded to integers (multiples of 2^-30) before they
 * are added: integer sums are exact, so the result is the same, bit for bit, whatever the order of the tiles.
 */
export class Blender {
  private readonly weights: { z: Float64Array[]; y: Float64Array[]; x: Float64Array[] };
  /**
   * @param depth planes held at a time: every tile added between two `take` calls must lie within so many planes
   * @param mirrors predictions that are averaged for each tile
   * @param store of so many planes of the image's size; closed by its owner
   */
  constructor(
    private readonly plan: TilePlan,
    private readonly depth: number,
    private readonly mirrors = 1,
    private readonly store: Accumulator = sumsInMemory(Math.min(depth, plan.z.size), plan.y.size, plan.x.size),
  ) {
    const { z, y, x } = plan;
    this.weights = { z: blendWeights(z), y: blendWeights(y), x: blendWeights(x) };
  }

  /**
   * Adds a tile's probabilities, C order over [z, y, x] from `offset`, each in [0, 1].
   * @param mirror how the tile was mirrored before it was predicted
   */
  add(tile: TileIndex, mirror: Mirror, probabilities: Float32Array, offset: number): void {
    const { z, y, x } = this.plan;
    const [weightZ, weightY, weightX] = [this.weights.z[tile.z], this.weights.y[tile.y], this.weights.x[tile.x]];
    const [startZ, startY, startX] = [z.starts[tile.z], y.starts[tile.y], x.starts[tile.x]];
    const [countZ, countY, countX] = [
      Math.min(z.tile, z.size - startZ),
      Math.min(y.tile, y.size - startY),
      Math.min(x.tile, x.size - startX),
    ];
    const { sums, first, count } = this.store.rows(startY, startY + countY);
    const stepX = mirror[2] ? -1 : 1;
    for (let k = 0; k < countZ; k++) {
      const fromZ = offset + (mirror[0] ? z.tile - 1 - k : k) * y.tile * x.tile;
      const plane = ((startZ + k) % this.depth) * count;
      for (let j = 0; j < countY; j++) {
        const weight = (weightZ[k] * weightY[j] * ONE) / this.mirrors;
        let from = fromZ + (mirror[1] ? y.tile - 1 - j : j) * x.tile + (mirror[2] ? x.tile - 1 : 0);
        const row = (plane + startY - first + j) * x.size + startX;
        for (let i = 0; i < countX; i++, from += stepX) {
          sums[row + i] += (weight * weightX[i] * probabilities[from] + 0.5) | 0;
        }
      }
    }
  }

  /** Finished rows `first` to before `end` of a plane, C order over [y, x]; their place is free for later ones. */
  take(z: number, first: number, end: number): Float32Array<ArrayBuffer> {
    const length = (end - first) * this.plan.x.size;
    const sums = new Int32Array(length);
    this.store.takeRows(z % this.depth, first, end, sums);
    const rows = new Float32Array(length);
    for (let i = 0; i < length; i++) rows[i] = sums[i] / ONE;
    return rows;
  }
}

/** Standard deviation of the Gaussian as a fraction of the tile, as in MONAI and nnU-Net. */
const SIGMA = 0.125;
/** At a tile's very edge the Gaussian falls to 0.0003; this floor lets no weight vanish. */
const FLOOR = 1e-3;

/**
 * Computes how much a tile counts at each of its pixels along one axis: exp(-(i - c)^2 / (2 s^2)), c = (tile - 1) / 2,
 * s = 0.125 tile, at least 0.001. A network sees least around the tile's edge, so its middle counts most.
 * Example, tile 4 (c = 1.5, s = 0.5): 0.0111, 0.6065, 0.6065, 0.0111.
 */
export function gaussianWindow(tile: number): Float64Array {
  const centre = (tile - 1) / 2;
  const sigma = SIGMA * tile;
  return Float64Array.from({ length: tile }, (_, i) => Math.max(FLOOR, Math.exp(-0.5 * ((i - centre) / sigma) ** 2)));
}

/**
 * Computes the weights of each tile along one axis, so scaled that at every pixel of the image they sum to 1. A tile's halo has
 * none but at the image's own border.
 * The tiles of an image are a grid, so the product of the three axes' weights sums to 1 over its tiles too:
 * sum_ijk a_i b_j c_k = (sum_i a_i) (sum_j b_j) (sum_k c_k). Padding has weight 0.
 * Example, size 6, tile 4, starts 0 and 2: at pixels 2 and 3 the first tile has 0.6065 and 0.0111, the second 0.0111
 * and 0.6065; scaled 0.982 and 0.018. Elsewhere one tile alone: 1.
 */
export function blendWeights({ size, tile, starts, halo = 0 }: AxisTiles): Float64Array[] {
  const window = gaussianWindow(tile);
  const windows = starts.map((start) => {
    const first = start === 0 ? 0 : halo;
    const end = start + tile >= size ? tile : tile - halo;
    return window.map((weight, i) => (i >= first && i < end && start + i < size ? weight : 0));
  });
  const total = new Float64Array(size);
  windows.forEach((weights, tile) => {
    for (let i = 0; i < weights.length && starts[tile] + i < size; i++) total[starts[tile] + i] += weights[i];
  });
  return windows.map((weights, tile) =>
    weights.map((weight, i) => (weight > 0 ? weight / total[starts[tile] + i] : 0)),
  );
}
