/** Running sums, each rounded to float32, as `numpy.cumsum` of a float32 array. */
export function cumulative32(values: ArrayLike<number>): Float64Array {
  return cumulative(values, Math.fround);
}

/** Running sums, each rounded by `r`. */
export function cumulative(values: ArrayLike<number>, r: (x: number) => number): Float64Array {
  const sums = new Float64Array(values.length);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum = r(sum + values[i]);
    sums[i] = sum;
  }
  return sums;
}

/** Where the first largest number is, or the first NaN: `numpy.argmax`. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) return i;
    if (values[i] > values[best]) best = i;
  }
  return best;
}
