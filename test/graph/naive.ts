/** Convolutions and instance norm written out term by term, in double precision, for comparison. */

type Shape = readonly number[];

/** Everything that y = sum of x w consists of: flat indices into y, x and w. */
export interface Terms {
  y: number[];
  x: number[];
  w: number[];
  yLength: number;
}

/** y[n, co, o] = sum over ci and k of x[n, ci, strides o + k - pad] w[co, ci, k]; width 3 padded by 1, or width 1. */
export function convTerms(x: Shape, w: Shape, strides: Shape): Terms {
  const [n, ci, ...spatial] = x;
  const [co, , ...width] = w;
  const pads = width.map((n) => (n - 1) / 2);
  const out = spatial.map((s, axis) => s / strides[axis]);
  const terms: Terms = { y: [], x: [], w: [], yLength: n * co * volume(out) };
  for (let item = 0; item < n; item++) {
    for (const [o, position] of positions(out).entries()) {
      for (const [k, offset] of positions(width).entries()) {
        const from = position.map((p, axis) => strides[axis] * p + offset[axis] - pads[axis]);
        if (from.some((p, axis) => p < 0 || p >= spatial[axis])) continue;
        for (let c = 0; c < ci; c++) {
          for (let m = 0; m < co; m++) {
            terms.y.push((item * co + m) * volume(out) + o);
            terms.x.push((item * ci + c) * volume(spatial) + flat(from, spatial));
            terms.w.push((m * ci + c) * volume(width) + k);
          }
        }
      }
    }
  }
  return terms;
}

/** y[n, co, width s + k] = sum over ci of x[n, ci, s] w[ci, co, k], k from 0 to below the width along each axis. */
export function upConvTerms(x: Shape, w: Shape): Terms {
  const [n, ci, ...spatial] = x;
  const [, co, ...width] = w;
  const out = spatial.map((s, axis) => width[axis] * s);
  const terms: Terms = { y: [], x: [], w: [], yLength: n * co * volume(out) };
  for (let item = 0; item < n; item++) {
    for (const [s, position] of positions(spatial).entries()) {
      for (const [k, offset] of positions(width).entries()) {
        const to = position.map((p, axis) => width[axis] * p + offset[axis]);
        for (let c = 0; c < ci; c++) {
          for (let m = 0; m < co; m++) {
            terms.y.push((item * co + m) * volume(out) + flat(to, out));
            terms.x.push((item * ci + c) * volume(spatial) + s);
            terms.w.push((c * co + m) * volume(width) + k);
          }
        }
      }
    }
  }
  return terms;
}

/** Sums a product over the terms: `to` names what is summed into, `a` and `b` are the factors. */
export function sumTerms(
  terms: Terms,
  to: 'x' | 'y' | 'w',
  length: number,
  a: ['x' | 'y' | 'w', Float32Array],
  b: ['x' | 'y' | 'w', Float32Array],
): Float64Array {
  const sums = new Float64Array(length);
  terms[to].forEach((target, i) => {
    sums[target] += a[1][terms[a[0]][i]] * b[1][terms[b[0]][i]];
  });
  return sums;
}

export function naiveInstanceNorm(
  x: Float32Array,
  [n, c, ...spatial]: Shape,
  scale: Float32Array,
  shift: Float32Array,
  epsilon: number,
): Float64Array {
  const size = volume(spatial);
  const y = new Float64Array(x.length);
  for (let map = 0; map < n * c; map++) {
    const values = x.subarray(map * size, (map + 1) * size);
    const mean = values.reduce((sum, v) => sum + v, 0) / size;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / size;
    values.forEach((v, i) => {
      y[map * size + i] = ((v - mean) / Math.sqrt(variance + epsilon)) * scale[map % c] + shift[map % c];
    });
  }
  return y;
}

export function volume(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Every position in a box, the last axis fastest. */
function positions(shape: Shape): number[][] {
  return shape.reduce<number[][]>(
    (lists, n) => lists.flatMap((list) => Array.from({ length: n }, (_, i) => [...list, i])),
    [[]],
  );
}

function flat(position: Shape, shape: Shape): number {
  return position.reduce((index, p, axis) => index * shape[axis] + p, 0);
}
