import { InvalidInputError } from '../base/errors';
import { readDecimal } from '../base/numbers';
import type { ForegroundRule } from '../image/description';

const EXPECTED =
  '"non-zero", one or more values ("2", "1, 3"), a bound ("> 0.5", "< 128") or what is not foreground ("not 1", "not 0, 255")';

/**
 * The rule that a person wrote: `non-zero`, `2`, `1, 3`, `> 127`, `< 128`, `not 1`, `not 0, 255`; blank is undefined:
 * the file tells.
 * `0,5` is a fraction to some and two values to others, so it is neither: `0, 5` are values.
 * @param name of the setting or cell, for errors
 * @throws InvalidInputError
 */
export function parseForeground(text: string, name: string): ForegroundRule | undefined {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return undefined;
  if (wanted === 'non-zero') return { kind: 'non-zero' };
  const numbers = (list: string): number[] =>
    list.split(',').map((item) => {
      const value = readDecimal(item);
      if (value === null) throw new InvalidInputError(name, EXPECTED, text);
      return value;
    });
  const after = (sign: string) => (wanted.startsWith(sign) ? wanted.slice(sign.length) : null);
  const one = (list: string): number => {
    const [value, ...more] = numbers(list);
    if (more.length > 0) throw new InvalidInputError(name, EXPECTED, text);
    return value;
  };
  const above = after('>');
  if (above !== null) return { kind: 'above', value: one(above) };
  const below = after('<');
  if (below !== null) return { kind: 'below', value: one(below) };
  const except = after('not ');
  if (except !== null) return { kind: 'except', values: numbers(except) };
  if (/^0,\d+$/.test(wanted)) throw new InvalidInputError(name, `${EXPECTED}, with a point in fractions`, text);
  return { kind: 'values', values: numbers(wanted) };
}

/**
 * The values that mean "nobody said what is there", in the language of {@link parseForeground}; `none` is null: everywhere
 * somebody did, also where a common setting says otherwise; blank is undefined.
 * @throws InvalidInputError
 */
export function parseUnknown(text: string, name: string): ForegroundRule | null | undefined {
  return text.trim().toLowerCase() === NONE ? null : parseForeground(text, name);
}

const NONE = 'none';

/** The rule as a person writes it. */
export function foregroundText(rule: ForegroundRule): string {
  switch (rule.kind) {
    case 'non-zero':
      return 'non-zero';
    case 'values':
      return rule.values.join(', ');
    case 'except':
      return `not ${rule.values.join(', ')}`;
    case 'above':
      return `> ${rule.value}`;
    case 'below':
      return `< ${rule.value}`;
  }
}
