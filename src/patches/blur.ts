import type { Zyx } from '../image/region';

/**
 * Blurs a volume with a Gaussian in place, one axis after the other, cut off at three sigma; at the borders the kernel
 * is renormalised over what lies inside.
 * @param sigma in voxels along each axis; 0: none
 * @param scratch at least as long as the volume
 */
export function blur(values: Float32Array, size: Readonly<Zyx>, sigma: Readonly<Zyx>, scratch: Float32Array): void {
  const [depth, height, width] = size;
  const plane = height * width;
  // Every axis as (outer, n, inner): the volume is n lines of `inner` values, `outer` times.
  alongAxis(values, depth, height, width, sigma[2], scratch);
  blurLines(values, depth, height, width, sigma[1], scratch);
  blurLines(values, 1, depth, plane, sigma[0], scratch);
}

/** The kernel's right half, middle first. */
function halfKernel(sigma: number): Float64Array {
  const radius = Math.max(1, Math.ceil(3 * sigma));
  return Float64Array.from({ length: radius + 1 }, (_, i) => Math.exp((-i * i) / (2 * sigma * sigma)));
}

/** 1 / the kernel's sum over what lies inside, for each position along an axis. */
function inverseSums(half: Float64Array, n: number): Float64Array {
  const sums = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let k = 1 - half.length; k < half.length; k++) if (i + k >= 0 && i + k < n) sums[i] += half[Math.abs(k)];
    sums[i] = 1 / sums[i];
  }
  return sums;
}

/** Along the middle of (outer, n, inner), whole lines at a time. */
function blurLines(
  values: Float32Array,
  outer: number,
  n: number,
  inner: number,
  sigma: number,
  scratch: Float32Array,
): void {
  if (sigma <= 0 || n === 1) return;
  const half = halfKernel(sigma);
  const scale = inverseSums(half, n);
  for (let o = 0; o < outer; o++) {
    const base = o * n * inner;
    for (let i = 0; i < n; i++) {
      const to = base + i * inner;
      const middle = half[0] * scale[i];
      for (let j = 0; j < inner; j++) scratch[to + j] = values[to + j] * middle;
      for (let k = 1; k < half.length; k++) {
        const weight = half[k] * scale[i];
        if (i - k >= 0) addLine(scratch, to, values, to - k * inner, inner, weight);
        if (i + k < n) addLine(scratch, to, values, to + k * inner, inner, weight);
      }
    }
  }
  values.set(scratch.subarray(0, outer * n * inner));
}

function addLine(
  out: Float32Array,
  to: number,
  values: Float32Array,
  from: number,
  length: number,
  weight: number,
): void {
  for (let j = 0; j < length; j++) out[to + j] += weight * values[from + j];
}

/** Along x, row by row. */
function alongAxis(
  values: Float32Array,
  depth: number,
  height: number,
  width: number,
  sigma: number,
  scratch: Float32Array,
): void {
  if (sigma <= 0 || width === 1) return;
  const half = halfKernel(sigma);
  const scale = inverseSums(half, width);
  const radius = half.length - 1;
  for (let row = 0; row < depth * height; row++) {
    const base = row * width;
    for (let x = 0; x < width; x++) {
      let sum = half[0] * values[base + x];
      const inside = x >= radius && x < width - radius;
      for (let k = 1; k <= radius; k++) {
        if (inside || x - k >= 0) sum += half[k] * values[base + x - k];
        if (inside || x + k < width) sum += half[k] * values[base + x + k];
      }
      scratch[x] = sum * scale[x];
    }
    for (let x = 0; x < width; x++) values[base + x] = scratch[x];
  }
}
