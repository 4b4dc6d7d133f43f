import { CorruptFileError, show } from '../../base/errors';
import { isRecord } from '../../base/plain-json';

/** A value of a metadata file with where it stands, so that a wrong one is told of by name. */
export interface Place {
  /** the metadata file */
  file: string;
  /** the value's name in it, for example "multiscales[0].axes" */
  name: string;
}

/** Gives the place of a property or of an element of a list. */
export function inside({ file, name }: Place, key: string | number): Place {
  return { file, name: typeof key === 'number' ? `${name}[${key}]` : `${name}.${key}` };
}

/** Makes the error of a value that is not what was expected, naming its place. */
export function wrong({ file, name }: Place, expected: string, got: unknown): CorruptFileError {
  return new CorruptFileError(file, `${name}: expected ${expected}, got ${show(got)}`, { place: name });
}

/** Takes a value as an object. @throws CorruptFileError where it is none */
export function record(value: unknown, place: Place): Record<string, unknown> {
  if (!isRecord(value)) throw wrong(place, 'an object', value);
  return value;
}

/** Takes a value as a list. @param most elements that are accepted */
export function list(value: unknown, place: Place, most: number): unknown[] {
  if (!Array.isArray(value)) throw wrong(place, 'a list', value);
  if (value.length > most) throw wrong(place, `a list of at most ${most}`, value.length);
  return value;
}

/** Takes a value as a text. @throws CorruptFileError where it is none */
export function text(value: unknown, place: Place): string {
  if (typeof value !== 'string') throw wrong(place, 'a text', value);
  return value;
}

/** Takes a value as a finite number. @throws CorruptFileError where it is none */
export function number(value: unknown, place: Place): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(place, 'a number', value);
  return value;
}

/** Takes a value as an integer from `least` to `most`. @throws CorruptFileError where it is none */
export function integer(value: unknown, place: Place, least: number, most: number): number {
  if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
    throw wrong(place, `an integer from ${least} to ${most}`, value);
  }
  return value as number;
}

/** Takes a value as a list of integers, of that length or any. @throws CorruptFileError where it is none */
export function integers(value: unknown, place: Place, length: number | null, least: number, most: number): number[] {
  const values = list(value, place, length ?? MAX_RANK);
  if (length !== null && values.length !== length) throw wrong(place, `${length} integers`, value);
  return values.map((one, i) => integer(one, inside(place, i), least, most));
}

/** Dimensions that an array may have; NGFF has five at most, and a reader should name what it refuses. */
const MAX_RANK = 16;
