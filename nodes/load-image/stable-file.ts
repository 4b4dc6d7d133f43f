import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError, SegmenterError } from '../../src/base/errors';
import type { JobOutput } from '../../src/jobs/job-types';

/** Milliseconds that a file must not change for, or left to what its structure tells. */
export type Settle = number | 'auto';
/** Looks at the file. @param judge whether its structure is looked at, too */
type Look = (judge: boolean) => Promise<JobOutput<'inspect-path'>>;

/** A file that grows for longer than this is not waited for. */
const PATIENCE_MS = 30 * 60_000;
/** `auto`: how long a file must not change for; less where its format shows that nothing can follow. */
const SETTLE_MS = 500;
const WHOLE_SETTLE_MS = 100;
/** A complete file that nobody has written to for this long is taken as it is. */
const OLD_MS = 5000;

/**
 * Resolves when a file has kept its size and time for as long as it shall and is not empty, so that a file still being
 * written is not read half. What is no file (a folder, a pattern, nothing) is not waited for.
 * @throws SegmenterError `busy` when it never settles; CancelledError; what `look` throws
 */
export async function untilStable(path: string, settle: Settle, signal: AbortSignal, look: Look): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  const judge = settle === 'auto';
  for (let before = await look(judge); before.kind === 'file'; ) {
    const ms = waitFor(before, settle);
    if (ms === 0) return;
    await sleep(ms, undefined, { signal }).catch(() => {
      throw new CancelledError(`waiting for ${path}`);
    });
    const now = await look(judge);
    const isSame = now.size > 0 && now.size === before.size && now.modified === before.modified;
    if (now.kind === 'file' && isSame) return;
    if (Date.now() > deadline) {
      const message = `${path}: expected a file that is written within 30 minutes, it still changes or is empty`;
      throw new SegmenterError('busy', message, { path, size: now.size });
    }
    before = now;
  }
}

/** A format that can be appended to, and a clock of another machine, prove nothing: only time does. */
function waitFor({ completeness, modified }: JobOutput<'inspect-path'>, settle: Settle): number {
  if (settle !== 'auto') return settle;
  const isComplete = completeness === 'whole' || completeness === 'so-far';
  if (isComplete && Date.now() - modified > OLD_MS) return 0;
  return completeness === 'whole' ? WHOLE_SETTLE_MS : SETTLE_MS;
}
