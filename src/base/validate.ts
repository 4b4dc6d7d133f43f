import type { Static, TSchema } from '@sinclair/typebox';
import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv';
import { SegmenterError, show } from './errors';

// What a schema names once is compiled once: written out at each place a sample's schema takes 200 ms.
const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, verbose: true, inlineRefs: false });
const compiled = new WeakMap<TSchema, ValidateFunction>();

/**
 * Checks a value from outside against its schema and returns it typed. Each schema is compiled once.
 * @throws SegmenterError `invalid-input` naming the property, what was expected and the value.
 */
export function validate<S extends TSchema>(schema: S, value: unknown, name: string): Static<S> {
  const check = compile(schema);
  if (check(value)) return value as Static<S>;
  const problems = (check.errors ?? []).map((error) => describe(error, name));
  throw new SegmenterError('invalid-input', [...new Set(problems)].join('; '), { name });
}

/** Does the first, slow part of {@link validate} (some 30 ms for a large schema) at a time that suits. */
export function prepareCheck(schema: TSchema): void {
  compile(schema);
}

function compile(schema: TSchema): ValidateFunction {
  const known = compiled.get(schema);
  if (known) return known;
  const check = ajv.compile(schema);
  compiled.set(schema, check);
  return check;
}

function describe(error: ErrorObject, name: string): string {
  const place = name + error.instancePath.replaceAll('/', '.');
  const allowed =
    error.keyword === 'enum' ? ` (${(error.params.allowedValues as unknown[]).map(show).join(', ')})` : '';
  const extra = error.keyword === 'additionalProperties' ? ` (${show(error.params.additionalProperty)})` : '';
  return `${place}: ${error.message}${allowed}${extra}, got ${show(error.data)}`;
}
