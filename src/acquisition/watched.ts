import { type Static, Type } from '#typebox';
import { words } from '../base/schema';

/** Which content an acquisition had: bytes in all, and the last change in milliseconds since 1970, by its disk's clock. */
export const VersionSchema = Type.Object({ size: Type.Number(), modified: Type.Number() });
export type Version = Static<typeof VersionSchema>;

/**
 * What became of an acquisition. told: its message went out; answered: a result came back, or none was asked for;
 * failed: it came back as failed; part: it belongs to another file; before: it lay there when the watch began.
 */
export const STATES = ['told', 'answered', 'failed', 'part', 'before'] as const;

/** An entry of the journal; `name` is the path below the watched folder, with `/`. */
export const NotedSchema = Type.Object({
  name: Type.String({ minLength: 1 }),
  version: VersionSchema,
  state: words(STATES),
  /** milliseconds since 1970 */
  at: Type.Number(),
  /** how often it was told without an answer */
  tries: Type.Optional(Type.Integer({ minimum: 1 })),
  /** of a failed one */
  reason: Type.Optional(Type.String()),
  /** of an acquisition of several files: how many */
  parts: Type.Optional(Type.Integer({ minimum: 1 })),
  /** of a part: the name of the file that it belongs to */
  of: Type.Optional(Type.String()),
  /** since when its file is known to be gone; milliseconds since 1970 */
  gone: Type.Optional(Type.Number()),
});
export type Noted = Static<typeof NotedSchema>;

/**
 * How long something must stay as it is to count as complete. said (also by its checksums): not at all; whole: hardly; quiet, patience: the times of
 * the watch; ever: what it waits for has to come.
 */
export const WAITS = ['said', 'whole', 'quiet', 'patience', 'ever'] as const;

/** Something new that is not known to be complete, as one look left it for the next. */
export const PendingSchema = Type.Object({
  name: Type.String(),
  version: VersionSchema,
  /** since when it is as it is, as looks have seen it; milliseconds of their clock */
  since: Type.Number(),
  /** what it waits for, in words */
  waitsFor: Type.String(),
  wait: words(WAITS),
  /** who writes has said that it is complete: it was renamed when it was whole */
  isSaid: Type.Optional(Type.Boolean()),
});
export type Pending = Static<typeof PendingSchema>;

/** By the clock of looks. */
const LONG_AGO = -1e15;

/** Why an acquisition is told: it is new, it changed since it was told, or it was told and never answered. */
export type Cause = 'new' | 'changed' | 'again';

/** An acquisition to be told now. */
export interface Complete {
  name: string;
  /** real path */
  path: string;
  version: Version;
  cause: Cause;
  /** how often it was told before without an answer */
  tries: number;
  /** files of it */
  parts: number;
}

/** Makes a complete one wait for its turn: the next look finds it complete at once, whatever its quiet time. */
export function itsTurn({ name, version }: Complete): Pending {
  return { name, version, since: LONG_AGO, waitsFor: 'its turn', wait: 'quiet' };
}

export function isSameVersion(a: Version, b: Version): boolean {
  return a.size === b.size && a.modified === b.modified;
}
