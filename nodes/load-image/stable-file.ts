import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError, SegmenterError } from '../../src/base/errors';

/** A file that grows for longer than this is not waited for. */
const PATIENCE_MS = 30 * 60_000;

/**
 * Resolves when a file has kept its size and time for `settle` milliseconds and is not empty, so that a file still being
 * written is not read half. What is no file (a folder, a pattern, nothing) is not waited for.
 * @throws SegmenterError `busy` when it never settles; CancelledError
 */
export async function untilStable(path: string, settle: number, signal: AbortSignal): Promise<void> {
  if (settle <= 0) return;
  const deadline = Date.now() + PATIENCE_MS;
  for (let before = await look(path); before !== null; ) {
    try {
      await sleep(settle, undefined, { signal });
    } catch {
      throw new CancelledError(`waiting for ${path}`);
    }
    const now = await look(path);
    if (now !== null && now.size > 0 && now.size === before.size && now.mtimeMs === before.mtimeMs) return;
    if (Date.now() > deadline) {
      const message = `${path}: expected a file that is written within 30 minutes, it still changes or is empty`;
      throw new SegmenterError('busy', message, { path, size: now?.size });
    }
    before = now;
  }
}

async function look(path: string): Promise<{ size: number; mtimeMs: number } | null> {
  const status = await stat(path).catch(() => null);
  return status?.isFile() ? { size: status.size, mtimeMs: status.mtimeMs } : null;
}
