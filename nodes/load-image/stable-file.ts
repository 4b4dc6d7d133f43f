import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError, SegmenterError } from '../../src/base/errors';
import type { JobOutput } from '../../src/jobs/job-types';

/** Milliseconds that a file must not change for, or left to what its structure tells. */
export type Settle = number | 'auto';
/** Looks at the file. @param judge whether its structure is looked at, too */
type Look = (judge: boolean) => Promise<JobOutput<'inspect-path'>>;

/** A file that grows for longer than this is not waited for. */
const PATIENCE_MS = 30 * 60_000;
/** `auto`: how long a file must not change for; less where its format shows that nothing can follow, 0 where its checksums do. */
const SETTLE_MS = 500;
const WHOLE_SETTLE_MS = 100;
/** A complete file that nobody has written to for this long is taken as it is. */
const OLD_MS = 5000;

/** A version of a file that somebody has seen to stand still, such as watch. */
export type Seen = Pick<JobOutput<'inspect-path'>, 'size' | 'modified'>;

/**
 * Resolves when a file has kept its size and time for as long as it shall and is not empty, so that a file still being
 * written is not read half. What is no file (a folder, a pattern, nothing) is not waited for.
 * @param seen with `auto` the file is not waited for where it is still in this version; null: nobody has
 * @throws SegmenterError `busy` when it never settles; CancelledError; what `look` throws
 */
export async function untilStable(
  path: string,
  settle: Settle,
  signal: AbortSignal,
  look: Look,
  seen: Seen | null = null,
): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  const judge = settle === 'auto';
  if (judge && seen && isSame(await look(false), seen)) return;
  for (let before = await look(judge); before.kind === 'file'; ) {
    const ms = waitFor(before, settle);
    if (ms === 0) return;
    await sleep(ms, undefined, { signal }).catch(() => {
      throw new CancelledError(`waiting for ${path}`);
    });
    const now = await look(judge);
    if (now.kind === 'file' && now.size > 0 && isSame(now, before)) return;
    if (Date.now() > deadline) {
      const message = `${path}: expected a file that is written within 30 minutes, it still changes or is empty`;
      throw new SegmenterError('busy', message, { path, size: now.size });
    }
    before = now;
  }
}

function isSame(a: Seen, b: Seen): boolean {
  return a.size === b.size && a.modified === b.modified;
}

/** A format that can be appended to, and a clock of another machine, prove nothing: only time does. */
function waitFor({ completeness, modified }: JobOutput<'inspect-path'>, settle: Settle): number {
  if (settle !== 'auto') return settle;
  if (completeness === 'proven') return 0;
  const isComplete = completeness === 'whole' || completeness === 'so-far';
  if (isComplete && Date.now() - modified > OLD_MS) return 0;
  return completeness === 'whole' ? WHOLE_SETTLE_MS : SETTLE_MS;
}
