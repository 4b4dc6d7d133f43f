import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { SegmenterError } from '../base/errors';
import { fileError } from './file-error';
import { isAlive, ownMark, type ProcessMark } from './live-process';

/** Between two looks at a lock that another holds, milliseconds. */
const PAUSE = 10;
/** A lock that is held for milliseconds and is older than this, in milliseconds, belongs to nobody. */
const ABANDONED = 60_000;

interface Holder extends ProcessMark {
  host: string;
}

/**
 * Runs work while no other process runs work under the same lock, a small file that tells who holds it. The lock of a
 * process that ended is taken over. Within one process calls must come one after another.
 * @param options.patience milliseconds to wait for another process
 * @throws SegmenterError `busy` where another holds it for longer, naming the file
 */
export async function withFileLock<T>(
  file: string,
  work: () => Promise<T>,
  { patience = 10_000 }: { patience?: number } = {},
): Promise<T> {
  const holder: Holder = { ...(await ownMark()), host: os.hostname() };
  const text = JSON.stringify(holder);
  const end = performance.now() + patience;
  while (!(await take(file, text))) {
    if (await isAbandoned(file)) await remove(file);
    else if (performance.now() > end) {
      throw new SegmenterError('busy', `${file}: another process holds this lock`, { path: file });
    } else await sleep(PAUSE * (1 + Math.random()));
  }
  try {
    return await work();
  } finally {
    // Work is done; a lock that cannot be removed is found abandoned later.
    await rm(file, { force: true }).catch(() => undefined);
  }
}

async function take(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw fileError(error, 'write', file);
  }
}

async function isAbandoned(file: string): Promise<boolean> {
  const there = await stat(file).catch(() => null);
  if (!there) return false;
  if (Date.now() - there.mtimeMs > ABANDONED) return true;
  const holder = parseHolder(await readFile(file, 'utf8').catch(() => ''));
  // Of a process on another machine, and of a lock that is being written, only the age is known.
  return holder !== null && holder.host === os.hostname() && !(await isAlive(holder));
}

function parseHolder(text: string): Holder | null {
  try {
    const { pid, started, host } = JSON.parse(text) as Partial<Holder>;
    if (!Number.isInteger(pid) || pid === undefined || typeof host !== 'string') return null;
    return { pid, started: typeof started === 'string' ? started : null, host };
  } catch {
    return null;
  }
}

/** Moved away first: of several that find it abandoned one succeeds. */
async function remove(file: string): Promise<void> {
  const aside = `${file}.partial-${randomBytes(6).toString('hex')}`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  await rm(aside, { force: true }).catch(() => undefined);
}
