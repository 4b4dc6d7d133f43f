import { SegmenterError } from '../src/base/errors';

/** What changes from one version of a node type's configuration to the next. */
export interface Migration {
  /** the new names of properties, by the old ones; of a typed input both, `x` and `xType` */
  readonly renamed: Readonly<Record<string, string>>;
}

/** By node type: the first leads from version 1 to 2, and so on. A type without any is at version 1. */
export type Migrations = Readonly<Record<string, readonly Migration[]>>;
export const MIGRATIONS: Migrations = {};

/** Gives the version that a type's configurations have now. */
export function currentVersion(type: string, migrations: Migrations = MIGRATIONS): number {
  return 1 + (migrations[type]?.length ?? 0);
}

/** Lists the names that properties of a type had before, and have no longer. */
export function formerNames(type: string, migrations: Migrations = MIGRATIONS): string[] {
  return [...new Set((migrations[type] ?? []).flatMap(({ renamed }) => Object.keys(renamed)))];
}

/**
 * Brings a node's configuration to what the current version of its type has it. One without `version` is of version 1,
 * as all were before there were versions.
 * @throws SegmenterError `invalid-input` where the version is none, or a later one: what it means is not known here
 */
export function migrate(type: string, config: object, migrations: Migrations = MIGRATIONS): Record<string, unknown> {
  const current = currentVersion(type, migrations);
  const { version = 1, ...given } = config as Record<string, unknown>;
  const from = Number(version);
  if (!Number.isInteger(from) || from < 1 || from > current) {
    const later = from > current ? ': the flow was saved by a later version of this package' : '';
    const message = `${type}.version: expected a whole number from 1 to ${current}, got ${JSON.stringify(version)}${later}`;
    throw new SegmenterError('invalid-input', message, { version });
  }
  const pending = (migrations[type] ?? []).slice(from - 1);
  return { ...pending.reduce(step, given), version: current };
}

/** A leftover that already has a new name gives way to what is renamed. */
function step(config: Record<string, unknown>, { renamed }: Migration): Record<string, unknown> {
  const taken = Object.entries(renamed)
    .filter(([old]) => config[old] !== undefined)
    .map(([, name]) => name);
  const kept = Object.entries(config).filter(([name]) => name in renamed || !taken.includes(name));
  return Object.fromEntries(kept.map(([name, value]) => [renamed[name] ?? name, value]));
}
