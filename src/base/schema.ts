import { type TUnsafe, Type } from '@sinclair/typebox';

/** One of a closed set of words. */
export function words<const T extends readonly string[]>(values: T): TUnsafe<T[number]> {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values] });
}

/** One of a closed set of words, the initial one where nothing is said. */
export function choice<const T extends readonly string[]>(values: T, initial: T[number]): TUnsafe<T[number]> {
  return Type.Unsafe<T[number]>({ ...words(values), default: initial });
}

/** A number that may be left blank. */
export function numberOrBlank(limits: Record<string, number> = {}): TUnsafe<number | null> {
  return Type.Unsafe<number | null>({ type: ['number', 'null'], default: null, ...limits });
}

/** A whole number that may be left blank. */
export function integerOrBlank(limits: Record<string, number> = {}): TUnsafe<number | null> {
  return Type.Unsafe<number | null>({ type: ['integer', 'null'], default: null, ...limits });
}
