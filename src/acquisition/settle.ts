import type { Completeness } from '../formats/completeness';
import { isSameVersion, type Pending, type Version } from './watched';

/** What a look found of something that is new. */
export interface Seen {
  name: string;
  version: Version;
  /** of its structure; null: its format cannot tell */
  completeness: Completeness | null;
  /** files of its set, or its done-file, that are not there; null: none is missing */
  missing: string | null;
  /** who writes has said that it is complete: by a done-file, or a name that it has only since it is whole */
  isSaid: boolean;
}

export interface SettleTimes {
  /** milliseconds without a change after which a file that may be complete counts as such */
  quiet: number;
  /** milliseconds without a change after which it counts as such though its structure does not say so */
  patience: number;
}

/** A file whose structure allows nothing to follow is waited for no longer than this, in milliseconds. */
const WHOLE_QUIET = 100;

/** Gives the milliseconds that something must stay as it is. */
export function waitOf(wait: Pending['wait'], { quiet, patience }: SettleTimes): number {
  const times = { said: 0, whole: Math.min(WHOLE_QUIET, quiet), quiet, patience, ever: Number.POSITIVE_INFINITY };
  return times[wait];
}

/**
 * Decides whether something is complete, or what it waits for. Only what looks have seen for themselves counts as time: the
 * clock of a disk may differ, and a copy may carry its source's time while it is written.
 * @param before what the look before left, null where it knew nothing of it
 * @param now milliseconds of a clock that is never set
 * @returns null: complete
 */
export function settle(seen: Seen, before: Pending | null, now: number, times: SettleTimes): Pending | null {
  const { name, version } = seen;
  const isSame = before !== null && isSameVersion(before.version, version);
  const since = isSame ? before.since : now;
  // What is written to under its last name was not whole when it got that.
  const isSaid = seen.isSaid || (isSame && before.isSaid === true);
  const [wait, waitsFor] = need({ ...seen, isSaid }, times);
  const isOver = now - since >= waitOf(wait, times);
  // One look alone proves nothing, but where the writer or the file's checksums say so, or the end is given up.
  if (isOver && (before || wait === 'said' || wait === 'patience')) return null;
  return { name, version, since, waitsFor, wait, ...(isSaid ? { isSaid } : {}) };
}

function need({ version, missing, completeness, isSaid }: Seen, { quiet }: SettleTimes): [Pending['wait'], string] {
  // An empty file is one that its writer has only opened.
  if (version.size === 0) return ['ever', 'its first bytes'];
  if (missing !== null) return ['ever', missing];
  if (completeness === 'unknown') return ['patience', 'its end'];
  if (isSaid || completeness === 'proven') return ['said', 'another look'];
  if (completeness === 'whole') return ['whole', 'another look'];
  return ['quiet', `${quiet / 1000} s without a change`];
}
