import { Ajv, type ErrorObject, type ValidateFunction } from '#ajv';
import { type Static, type TSchema, type TUnsafe, Type } from '#typebox';
import { SegmenterError } from './errors';
import { commaHint } from './numbers';
import { show } from './show';

/** Makes the schema of one of a closed set of words. */
export function words<const T extends readonly string[]>(values: T): TUnsafe<T[number]> {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values] });
}

/** Makes the schema of one of a closed set of words, the initial one where nothing is said. */
export function choice<const T extends readonly string[]>(values: T, initial: T[number]): TUnsafe<T[number]> {
  return Type.Unsafe<T[number]>({ ...words(values), default: initial });
}

/** Makes the schema of a number that may be left blank. */
export function numberOrBlank(limits: Record<string, number> = {}): TUnsafe<number | null> {
  return Type.Unsafe<number | null>({ type: ['number', 'null'], default: null, ...limits });
}

/** Makes the schema of a whole number that may be left blank. */
export function integerOrBlank(limits: Record<string, number> = {}): TUnsafe<number | null> {
  return Type.Unsafe<number | null>({ type: ['integer', 'null'], default: null, ...limits });
}

/** Compiles each schema once. */
class Checker {
  private readonly checks = new WeakMap<TSchema, ValidateFunction>();
  private readonly ajv: Ajv;

  constructor(allErrors: boolean) {
    // What a schema names once is compiled once: written out at each place a sample's schema takes 200 ms.
    this.ajv = new Ajv({ allErrors, strict: true, allowUnionTypes: true, verbose: true, inlineRefs: false });
  }

  of(schema: TSchema): ValidateFunction {
    const known = this.checks.get(schema);
    if (known) return known;
    const check = this.ajv.compile(schema);
    this.checks.set(schema, check);
    return check;
  }
}

/** Lists all that is wrong: for small values, as 100,000 problems take long to find and nobody reads them. */
const listing = new Checker(true);
/** Ends at the first problem. */
const brief = new Checker(false);
const SMALL = 5_000;
const LISTED = 8;

/**
 * Checks a value from outside against its schema and returns it typed. Each schema is compiled once.
 * @throws SegmenterError `invalid-input` naming the property, what was expected and the value.
 */
export function validate<S extends TSchema>(schema: S, value: unknown, name: string): Static<S> {
  const check = (isSmall(value) ? listing : brief).of(schema);
  if (check(value)) return value as Static<S>;
  throw new SegmenterError('invalid-input', listOf(check.errors ?? [], name), { name });
}

/** Does the first, slow part of {@link validate} (some 30 ms for a large schema) at a time that suits; for large values soon after. */
export function prepareCheck(schema: TSchema): void {
  listing.of(schema);
  setImmediate(() => brief.of(schema)).unref();
}

/** Whether a value holds few others; a circle is endless. */
function isSmall(value: unknown): boolean {
  const open: unknown[] = [value];
  for (let seen = 0; open.length > 0; seen++) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null || ArrayBuffer.isView(next)) continue;
    const inner: readonly unknown[] = Array.isArray(next) ? next : Object.values(next);
    if (seen + open.length + inner.length > SMALL) return false;
    open.push(...inner);
  }
  return true;
}

function listOf(all: readonly ErrorObject[], name: string): string {
  // Which branch of a condition failed is nobody's business: what failed in it is listed itself.
  const errors = all.filter(({ keyword }) => keyword !== 'if');
  const problems = new Set<string>();
  for (const error of errors) {
    if (problems.size === LISTED) break;
    problems.add(describe(error, name));
  }
  const more = errors.length - LISTED;
  return [...problems, ...(problems.size === LISTED && more > 0 ? [`and ${more} more`] : [])].join('; ');
}

function describe(error: ErrorObject, name: string): string {
  const place = name + error.instancePath.slice(0, 200).replaceAll('/', '.');
  const allowed =
    error.keyword === 'enum' ? ` (${(error.params.allowedValues as unknown[]).map(show).join(', ')})` : '';
  const extra = error.keyword === 'additionalProperties' ? ` (${show(error.params.additionalProperty)})` : '';
  const comma = error.keyword === 'type' ? commaHint(error.data) : '';
  return `${place}: ${error.message}${comma}${allowed}${extra}, got ${show(error.data)}`;
}
