import { type Static, type TObject, type TString, type TUnsafe, Type } from '#typebox';
import { SegmenterError } from '../src/base/errors';
import { choice, validate } from '../src/base/schema';
import { MIGRATIONS, type Migrations, migrate } from './migrations';
import { readValue } from './setting-values';

/** What a typed input offers for paths and names. */
export const TEXT_TYPES = ['str', 'msg', 'flow', 'global', 'env', 'jsonata'] as const;
/** What a typed input offers for regions: an image, polygons, or the path of a file of either. */
export const REGION_TYPES = ['msg', 'str', 'json', 'flow', 'global', 'env', 'jsonata'] as const;
/** What a typed input offers for numbers. */
export const NUMBER_TYPES = ['num', 'msg', 'flow', 'global', 'env', 'jsonata'] as const;

type Typed<N extends string, T extends string> = Record<N, TString> & Record<`${N}Type`, TUnsafe<T>>;

/** Makes the two properties of a typed input: `x` and `xType`. */
export function typed<const N extends string, const T extends readonly string[]>(
  name: N,
  types: T,
  initialType: T[number],
  initial = '',
): Typed<N, T[number]> {
  return { [name]: Type.String({ default: initial }), [`${name}Type`]: choice(types, initialType) } as Typed<
    N,
    T[number]
  >;
}

/**
 * Reads a node's settings from its configuration, of whatever version: what the editor stores as text becomes numbers
 * and booleans, what is missing its default.
 * @param type the node's type, for error messages
 * @throws SegmenterError `invalid-input` naming the property, what was expected and the value
 */
export function readSettings<S extends TObject>(
  schema: S,
  config: object,
  type: string,
  migrations: Migrations = MIGRATIONS,
): Static<S> {
  const given = migrate(type, config, migrations);
  const names = Object.keys(schema.properties);
  for (const name of names) requireVariable(given, name, type);
  const settings = Object.fromEntries(names.map((name) => [name, readValue(schema.properties[name], given[name])]));
  return validate(schema, settings, type);
}

/** Node-RED puts a variable's value in place of `${NAME}`, and leaves the text alone where there is no such variable. */
function requireVariable(given: Record<string, unknown>, name: string, type: string): void {
  const value = given[name];
  const variable = typeof value === 'string' ? /^\$[{(]([\w.-]+)[)}]$/.exec(value)?.[1] : undefined;
  if (variable === undefined || given[`${name}Type`] === 'jsonata') return;
  const message = `${type}.${name}: expected a value, but the environment variable ${variable} is not set`;
  throw new SegmenterError('invalid-input', message, { name, variable });
}
