// Coefficients of NPY_COEFF_P*_LOGf and NPY_COEFF_Q*_LOGf in numpy/_core/src/umath/npy_simd_data.h, lowest order first.
const P = [0, 0.9999999999999999, 2.112677543073053, 1.4800006335765066, 0.3808837741388408, 0.025899791179079226].map(
  Math.fround,
);
const Q = [1, 2.6126775430731093, 2.453006071784736, 0.9864942958519419, 0.15464763749839067, 0.005875095403124574].map(
  Math.fround,
);
const LN2 = Math.fround(Math.LN2);
const SQRT2 = Math.fround(Math.SQRT2);

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/**
 * The natural logarithm of a float32 as NumPy computes it on processors with AVX2 or AVX-512: ln x = k ln 2 + P(y) / Q(y)
 * with x = 2^k (1 + y), sqrt(1/2) < 1 + y <= sqrt(2). It differs by a unit in the last place from the nearest float32 for
 * one value in eleven, which Li's iteration and the comparison of Yen's criteria can see.
 */
export function log32(x: number): number {
  if (!(x > 0) || x === Number.POSITIVE_INFINITY) return Math.fround(Math.log(x));
  const r = Math.fround;
  // Subnormal numbers have no leading one to find: scaled up by 2^23.
  const subnormal = x < 2 ** -126;
  float[0] = subnormal ? x * 2 ** 23 : x;
  let exponent = ((bits[0] >> 23) & 0xff) - (subnormal ? 150 : 127);
  bits[0] = (bits[0] & 0x7fffff) | 0x3f800000;
  let mantissa = float[0];
  if (mantissa > SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  const y = r(mantissa - 1);
  // Products of float32 are exact in float64: each line rounds once, as a fused multiply-add does.
  let numerator = P[5];
  let denominator = Q[5];
  for (let i = 4; i >= 0; i--) {
    numerator = r(numerator * y + P[i]);
    denominator = r(denominator * y + Q[i]);
  }
  return r(exponent * LN2 + r(numerator / denominator));
}
