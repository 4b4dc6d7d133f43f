import type { AxisTiles } from './tiles';

/** Standard deviation of the Gaussian as a fraction of the tile, as in MONAI and nnU-Net. */
const SIGMA = 0.125;
/** At a tile's very edge the Gaussian falls to 0.0003; this floor lets no weight vanish. */
const FLOOR = 1e-3;

/**
 * How much a tile counts at each of its pixels along one axis: exp(-(i - c)^2 / (2 s^2)), c = (tile - 1) / 2,
 * s = 0.125 tile, at least 0.001. A network sees least around the tile's edge, so its middle counts most.
 * Example, tile 4 (c = 1.5, s = 0.5): 0.0111, 0.6065, 0.6065, 0.0111.
 */
export function gaussianWindow(tile: number): Float64Array {
  const centre = (tile - 1) / 2;
  const sigma = SIGMA * tile;
  return Float64Array.from({ length: tile }, (_, i) => Math.max(FLOOR, Math.exp(-0.5 * ((i - centre) / sigma) ** 2)));
}

/**
 * The weights of each tile along one axis, so scaled that at every pixel of the image they sum to 1.
 * The tiles of an image are a grid, so the product of the three axes' weights sums to 1 over its tiles too:
 * sum_ijk a_i b_j c_k = (sum_i a_i) (sum_j b_j) (sum_k c_k). Padding has weight 0.
 * Example, size 6, tile 4, starts 0 and 2: at pixels 2 and 3 the first tile has 0.6065 and 0.0111, the second 0.0111
 * and 0.6065; scaled 0.982 and 0.018. Elsewhere one tile alone: 1.
 */
export function blendWeights({ size, tile, starts }: AxisTiles): Float64Array[] {
  const window = gaussianWindow(tile);
  const total = new Float64Array(size);
  for (const start of starts) {
    for (let i = 0; i < tile && start + i < size; i++) total[start + i] += window[i];
  }
  return starts.map((start) => window.map((weight, i) => (start + i < size ? weight / total[start + i] : 0)));
}
