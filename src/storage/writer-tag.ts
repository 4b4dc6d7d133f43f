import { createHash, randomBytes } from 'node:crypto';
import { isRunning, ownMark, placeOfNumbers, startOfProcess } from './live-process';

/**
 * Tells in 28 hexadecimal digits who writes something: where its process numbers count (8), its number (8), a hash of its
 * start (4), and chance (8). So what a writer left that was killed is known as such by its name alone.
 */
export const WRITER_TAG = /[0-9a-f]{28}/;

const UNKNOWN = '0000';
/** What nothing was written to for so long has no writer, wherever that ran, in milliseconds. */
const ABANDONED_MS = 3 * 24 * 3600 * 1000;

let own: Promise<string> | null = null;

/** A tag of this process that nothing else has. */
export async function newWriterTag(): Promise<string> {
  own ??= begin();
  return (await own) + randomBytes(4).toString('hex');
}

/**
 * Whether the writer of a tag has ended. Of one elsewhere, in another container or before a restart of the machine, only
 * time tells.
 * @param idle for how many milliseconds nothing was written, by the clock of the disk; null where that cannot be told
 */
export async function isWriterGone(tag: string, idle: () => Promise<number | null>): Promise<boolean> {
  const pid = Number.parseInt(tag.slice(8, 16), 16);
  const started = tag.slice(16, 20);
  if (tag.slice(0, 8) === (await placeOfNumbers())) {
    if (!isRunning(pid)) return true;
    const now = hashOf(await startOfProcess(pid));
    if (started !== UNKNOWN && now !== UNKNOWN) return now !== started;
  }
  return ((await idle()) ?? 0) > ABANDONED_MS;
}

async function begin(): Promise<string> {
  const { pid, started } = await ownMark();
  return (await placeOfNumbers()) + pid.toString(16).padStart(8, '0') + hashOf(started);
}

function hashOf(started: string | null): string {
  return started === null ? UNKNOWN : createHash('sha256').update(started).digest('hex').slice(0, 4);
}
