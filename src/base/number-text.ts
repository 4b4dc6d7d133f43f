import { InvalidInputError } from './errors';

/** The number that a text is; null where it is none: blank, of several parts, endless. */
export function readDecimal(text: string): number | null {
  const number = Number(text);
  return text.trim() !== '' && Number.isFinite(number) ? number : null;
}

/** What a message adds where a number was written with a comma; else nothing. */
export function commaHint(value: unknown): string {
  return typeof value === 'string' && /^\s*[+-]?\d*,\d+\s*$/.test(value)
    ? ` with a point, not a comma (${value.trim().replace(',', '.')})`
    : '';
}

/**
 * A finite number, or the text of one.
 * @param name of what it is, for the message
 * @throws InvalidInputError
 */
export function requireNumber(value: unknown, name: string): number {
  const number = typeof value === 'string' ? readDecimal(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new InvalidInputError(name, `a number${commaHint(value) || ' such as 0.5'}`, value);
}

/** A share of 1 as a person reads it. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}
