import { InvalidInputError } from './errors';

/** Gives the product of sizes; 1 where there are none. */
export function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}

/** Gives the mean; NaN where there are no values. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Gives the median; of an even number of values the mean of the middle two. NaN where there are none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Gives the median, of an even number of values the lower of the middle two: one of the values. */
export function lowerMedian(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1];
}

/** Gives a 64-bit integer as a number, or null where float64 does not hold it exactly for sure: beyond ±2^53. */
export function exactInteger(value: bigint): number | null {
  const limit = 2n ** 53n;
  return value > limit || value < -limit ? null : Number(value);
}

/** Gives the number that 16 bits of IEEE 754 binary16 stand for, exact. */
export function halfFloat(bits: number): number {
  return smallFloat(bits, 5, 10);
}

/**
 * Gives the float of a word with `exponentBits` and `fractionBits` below its sign, after the rules of IEEE 754, exact.
 */
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

/** Reads the number that a text is; null where it is none: blank, of several parts, endless. */
export function readDecimal(text: string): number | null {
  const number = Number(text);
  return text.trim() !== '' && Number.isFinite(number) ? number : null;
}

/** Says what a message adds where a number was written with a comma; else nothing. */
export function commaHint(value: unknown): string {
  return typeof value === 'string' && /^\s*[+-]?\d*,\d+\s*$/.test(value)
    ? ` with a point, not a comma (${value.trim().replace(',', '.')})`
    : '';
}

/**
 * Reads a finite number, or the text of one.
 * @param name of what it is, for the message
 * @throws InvalidInputError
 */
export function requireNumber(value: unknown, name: string): number {
  const number = typeof value === 'string' ? readDecimal(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new InvalidInputError(name, `a number${commaHint(value) || ' such as 0.5'}`, value);
}

/** Gives a share of 1 as a person reads it. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}

/** Writes a number of things: `1 message`, `2 messages`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
