import type { Zyx } from '../image/region';

/** A Gaussian ends after so many sigmas, as in `scipy.ndimage.gaussian_filter`. */
const TRUNCATE = 4;
/** Voxels after which others have their turn. */
const PAUSE = 2 ** 22;

/** Counts the voxels on each side that a Gaussian takes into account. */
export function gaussianReach(sigma: number): number {
  return Math.floor(TRUNCATE * sigma + 0.5);
}

/**
 * Smooths a volume by a Gaussian, axis by axis, in place; beyond the border the outermost voxel goes on (`mode="nearest"`,
 * the default of scikit-image's `gaussian`).
 * @param map [z, y, x]
 * @param sigmas in voxels along z, y and x; 0: not along this axis
 * @param room as many numbers as the map
 */
export function* smooth(
  map: Float32Array<ArrayBuffer>,
  shape: Readonly<Zyx>,
  sigmas: Readonly<Zyx>,
  room: Float32Array<ArrayBuffer>,
): Generator<void, void, void> {
  for (const axis of [2, 1, 0] as const) {
    const reach = gaussianReach(sigmas[axis]);
    if (reach === 0 || shape[axis] === 1) continue;
    room.set(map);
    yield* smoothAxis(room, map, shape, axis, halfKernel(sigmas[axis], reach));
  }
}

/** The weights of the voxel itself and of those 1, 2 ... away. */
function halfKernel(sigma: number, reach: number): Float64Array {
  const weights = Float64Array.from({ length: reach + 1 }, (_, k) => Math.exp((-0.5 * k * k) / (sigma * sigma)));
  const sum = 2 * weights.reduce((all, w) => all + w, 0) - weights[0];
  return weights.map((w) => w / sum);
}

/** Rows of x at a time, so that memory is gone through in its own order along every axis. */
function* smoothAxis(
  from: Float32Array,
  to: Float32Array,
  [depth, height, width]: Readonly<Zyx>,
  axis: 0 | 1 | 2,
  weights: Float64Array,
): Generator<void, void, void> {
  const sum = new Float64Array(width);
  let work = 0;
  for (let row = 0; row < depth * height; row++) {
    const start = row * width;
    if (axis === 2) smoothRow(from, start, width, weights, sum);
    else {
      const y = row % height;
      const [at, size, step] = axis === 1 ? [y, height, width] : [(row - y) / height, depth, height * width];
      for (let x = 0; x < width; x++) sum[x] = weights[0] * from[start + x];
      for (let k = 1; k < weights.length; k++) {
        const before = start - Math.min(k, at) * step;
        const after = start + Math.min(k, size - 1 - at) * step;
        const w = weights[k];
        for (let x = 0; x < width; x++) sum[x] += w * (from[before + x] + from[after + x]);
      }
    }
    for (let x = 0; x < width; x++) to[start + x] = sum[x];
    work += width * weights.length;
    if (work < PAUSE) continue;
    work = 0;
    yield;
  }
}

function smoothRow(from: Float32Array, start: number, width: number, weights: Float64Array, sum: Float64Array): void {
  const reach = weights.length - 1;
  for (let x = 0; x < width; x++) {
    let value = weights[0] * from[start + x];
    if (x >= reach && x + reach < width) {
      for (let k = 1; k <= reach; k++) value += weights[k] * (from[start + x - k] + from[start + x + k]);
    } else {
      for (let k = 1; k <= reach; k++)
        value += weights[k] * (from[start + Math.max(x - k, 0)] + from[start + Math.min(x + k, width - 1)]);
    }
    sum[x] = value;
  }
}
