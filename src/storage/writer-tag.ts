import { createHash, randomBytes } from 'node:crypto';
import { isRunning, ownMark, placeOfNumbers, startOfProcess } from './live-process';

/**
 * Tells in 28 hexadecimal digits who writes something: where its process numbers count (6), its number (8), a hash of its
 * start (4), chance (6), and a hash of these (4), for nobody else gives such names. So what a writer left that was killed
 * is known as such by its name alone.
 */
export const WRITER_TAG = /[0-9a-f]{28}/;

/** A process that writes, as its tags tell it. */
export interface Writer {
  /** of {@link placeOfNumbers} */
  place: string;
  pid: number;
  /** null where the system does not say */
  started: string | null;
}

const UNKNOWN = '0000';
/** What nothing was written to for so long has no writer, wherever that ran, in milliseconds. */
const ABANDONED_MS = 3 * 24 * 3600 * 1000;

let own: Promise<Writer> | null = null;

/** A tag of this process that nothing else has. */
export async function newWriterTag(): Promise<string> {
  own ??= ownWriter();
  return writerTag(await own);
}

/** A tag of a process that nothing else has. */
export function writerTag({ place, pid, started }: Writer): string {
  const number = pid.toString(16).padStart(8, '0');
  const text = place.slice(0, 6) + number + startHash(started) + randomBytes(3).toString('hex');
  return text + hashOf(text);
}

/**
 * Whether a text is a writer's tag, and the writer has ended. Of one elsewhere, in another container or before a restart
 * of the machine, only time tells.
 * @param idle for how many milliseconds nothing was written, by the clock of the disk; null where that cannot be told
 */
export async function isWriterGone(tag: string, idle: () => Promise<number | null>): Promise<boolean> {
  if (hashOf(tag.slice(0, 24)) !== tag.slice(24)) return false;
  const pid = Number.parseInt(tag.slice(6, 14), 16);
  const started = tag.slice(14, 18);
  if (tag.slice(0, 6) === (await placeOfNumbers()).slice(0, 6)) {
    if (!isRunning(pid)) return true;
    const now = startHash(await startOfProcess(pid));
    if (started !== UNKNOWN && now !== UNKNOWN) return now !== started;
  }
  return ((await idle()) ?? 0) > ABANDONED_MS;
}

async function ownWriter(): Promise<Writer> {
  return { ...(await ownMark()), place: await placeOfNumbers() };
}

function startHash(started: string | null): string {
  return started === null ? UNKNOWN : hashOf(started);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 4);
}
