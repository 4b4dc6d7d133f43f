/** How the samples of one axis are made from those of another grid over the same extent. */
export interface AxisResampling {
  /** the half-open range of source samples that any of them needs */
  from: number;
  to: number;
  /** one for each sample: the first source sample it takes part of, and the weights from there on, which sum to 1 */
  taps: Tap[];
}

interface Tap {
  first: number;
  weights: Float64Array;
}

/**
 * Computes the taps of samples `start` to before `end` of an axis of `size` samples, over a source axis of `sourceSize`
 * samples. Linear interpolation between sample centres; where samples become fewer the triangle is widened by as much,
 * so that what is too fine for the new grid is averaged instead of aliased. Beyond the ends nothing is taken. Equal to
 * torch.nn.functional.interpolate(mode='bilinear', antialias=True, align_corners=False) along each axis, and to
 * Pillow's BILINEAR.
 */
export function resampleAxis(sourceSize: number, size: number, start: number, end: number): AxisResampling {
  const scale = sourceSize / size;
  const support = Math.max(1, scale);
  const taps: Tap[] = [];
  for (let i = start; i < end; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - support + 0.5));
    const last = Math.min(sourceSize, Math.floor(centre + support + 0.5));
    const weights = Float64Array.from({ length: last - first }, (_, k) =>
      Math.max(0, 1 - Math.abs(first + k + 0.5 - centre) / support),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    taps.push({ first, weights: weights.map((weight) => weight / sum) });
  }
  const from = taps[0]?.first ?? 0;
  const to = taps.reduce((most, { first, weights }) => Math.max(most, first + weights.length), from);
  return { from, to, taps };
}

/**
 * Resamples a plane, rows first.
 * @param plane source rows `y.from` to before `y.to` and columns `x.from` to before `x.to`, C order
 * @param target receives [y.taps, x.taps], C order
 */
export function resamplePlane(
  plane: ArrayLike<number>,
  y: AxisResampling,
  x: AxisResampling,
  target: Float32Array,
): void {
  const sourceWidth = x.to - x.from;
  const width = x.taps.length;
  const row = new Float64Array(sourceWidth);
  y.taps.forEach(({ first, weights }, j) => {
    row.fill(0);
    weights.forEach((weight, k) => {
      const start = (first + k - y.from) * sourceWidth;
      for (let i = 0; i < sourceWidth; i++) row[i] += weight * plane[start + i];
    });
    for (let i = 0; i < width; i++) target[j * width + i] = weightedSum(row, x.taps[i], x.from);
  });
}

function weightedSum(row: Float64Array, { first, weights }: Tap, from: number): number {
  let sum = 0;
  for (let k = 0; k < weights.length; k++) sum += weights[k] * row[first - from + k];
  return sum;
}
