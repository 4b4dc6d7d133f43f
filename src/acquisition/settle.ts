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
}

export interface SettleTimes {
  /** milliseconds without a change after which a file that may be complete counts as such */
  quiet: number;
  /** milliseconds without a change after which it counts as such though its structure does not say so */
  patience: number;
}

/** A file whose structure allows nothing to follow is waited for no longer than this, in milliseconds. */
const WHOLE_QUIET = 100;

/**
 * Decides whether something is complete, or what it waits for. Only what looks have seen for themselves counts as time: the
 * clock of a disk may differ, and a copy may carry its source's time while it is written.
 * @param before what the look before left, null where it knew nothing of it
 * @param now milliseconds of a clock that is never set
 * @returns null: complete
 */
export function settle(
  seen: Seen,
  before: Pending | null,
  now: number,
  { quiet, patience }: SettleTimes,
): Pending | null {
  const { name, version, completeness, missing } = seen;
  const since = before && isSameVersion(before.version, version) ? before.since : now;
  const waits = (waitsFor: string): Pending => ({ name, version, since, waitsFor });
  // An empty file is one that its writer has only opened.
  if (version.size === 0) return waits('its first bytes');
  if (missing !== null) return waits(missing);
  const still = now - since;
  if (completeness === 'whole') return before && still >= Math.min(WHOLE_QUIET, quiet) ? null : waits('another look');
  if (completeness === 'unknown') return still >= patience ? null : waits('its end');
  return before && still >= quiet ? null : waits(`${quiet / 1000} s without a change`);
}
