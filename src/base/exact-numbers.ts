/** A 64-bit integer as a number, or null where float64 does not hold it exactly for sure: beyond ±2^53. */
export function exactInteger(value: bigint): number | null {
  const limit = 2n ** 53n;
  return value > limit || value < -limit ? null : Number(value);
}

/** The number that 16 bits of IEEE 754 binary16 stand for, exact. */
export function halfFloat(bits: number): number {
  return smallFloat(bits, 5, 10);
}

/** The float of a word with `exponentBits` and `fractionBits` below its sign, after the rules of IEEE 754, exact. */
export function smallFloat(word: number, exponentBits: number, fractionBits: number): number {
  const sign = (word >> (exponentBits + fractionBits)) & 1 ? -1 : 1;
  const highest = 2 ** exponentBits - 1;
  const exponent = (word >> fractionBits) & highest;
  const fraction = word & (2 ** fractionBits - 1);
  const bias = (highest - 1) / 2;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias - fractionBits);
  if (exponent === highest) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (2 ** fractionBits + fraction) * 2 ** (exponent - bias - fractionBits);
}
