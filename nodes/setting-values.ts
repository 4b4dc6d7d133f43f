import { readDecimal } from '../src/base/numbers';

/** What the schema of one setting says, as JSON: the editor's pages carry it. */
export interface SettingSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
}

/** Gives the types that a schema allows. */
export function typesOf({ type }: SettingSchema): string[] {
  return [type].flat().map(String);
}

/** Reads what a stored value means: text becomes numbers and booleans, a missing one the default. */
export function readValue(schema: SettingSchema, value: unknown): unknown {
  if (value === undefined) return schema.default;
  const types = typesOf(schema);
  if (typeof value === 'number') return types.includes('string') ? String(value) : value;
  if (typeof value !== 'string') return value;
  const text = value.trim();
  if (types.includes('boolean') && /^(true|false)$/.test(text)) return text === 'true';
  if (!types.includes('number') && !types.includes('integer')) return value;
  if (text === '') return types.includes('null') ? null : value;
  return readDecimal(text) ?? value;
}

type Check = (value: unknown, limit: never) => boolean;

const atType: Record<string, (value: unknown) => boolean> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  integer: (value) => Number.isInteger(value),
  null: (value) => value === null,
};

/** The keywords that settings use; as in JSON Schema a limit holds for values of its type only. */
const KEYWORDS: Record<string, Check> = {
  type: (value, types: string | string[]) => [types].flat().some((type) => atType[type](value)),
  enum: (value, allowed: readonly unknown[]) => allowed.includes(value),
  minLength: (value, limit: number) => typeof value !== 'string' || value.length >= limit,
  minimum: (value, limit: number) => typeof value !== 'number' || value >= limit,
  maximum: (value, limit: number) => typeof value !== 'number' || value <= limit,
  exclusiveMinimum: (value, limit: number) => typeof value !== 'number' || value > limit,
  exclusiveMaximum: (value, limit: number) => typeof value !== 'number' || value < limit,
  multipleOf: (value, factor: number) => typeof value !== 'number' || value % factor === 0,
};
const SILENT = ['default'];

/** Keywords of a schema that {@link fits} does not know: there must be none. */
export function unknownKeywords(schema: object): string[] {
  return Object.keys(schema).filter((keyword) => !(keyword in KEYWORDS) && !SILENT.includes(keyword));
}

/**
 * Tells whether a value, as {@link readValue} gives it, is what the schema of a setting allows; the editor has no room
 * for a whole validator.
 */
export function fits(schema: SettingSchema, value: unknown): boolean {
  return Object.entries(schema).every(([keyword, limit]) => KEYWORDS[keyword]?.(value, limit as never) ?? true);
}
