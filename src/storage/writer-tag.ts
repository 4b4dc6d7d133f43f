import { createHash, randomBytes } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import os from 'node:os';

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

const TAG_LENGTH = 28;
const UNKNOWN = '0000';
/** What nothing was written to for so long has no writer, wherever that ran, in milliseconds. */
const ABANDONED_MS = 3 * 24 * 3600 * 1000;

let own: Promise<Writer> | null = null;

/** Makes a tag of this process that nothing else has. */
export async function newWriterTag(): Promise<string> {
  own ??= ownWriter();
  return writerTag(await own);
}

/** Makes a tag of a process that nothing else has. */
export function writerTag({ place, pid, started }: Writer): string {
  const number = pid.toString(16).padStart(8, '0');
  const text = place.slice(0, 6) + number + startHash(started) + randomBytes(3).toString('hex');
  return text + hashOf(text);
}

/** Tells whether a text is a writer's tag. */
export function isWriterTag(text: string): boolean {
  return text.length === TAG_LENGTH && hashOf(text.slice(0, 24)) === text.slice(24);
}

/**
 * Tells whether a text is a writer's tag, and the writer has ended. Of one elsewhere, in another container or before a
 * restart of the machine, only time tells.
 * @param idle for how many milliseconds nothing was written, by the clock of the disk; null where that cannot be told
 */
export async function isWriterGone(tag: string, idle: () => Promise<number | null>): Promise<boolean> {
  if (!isWriterTag(tag)) return false;
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

/** Names a process so that a later one with the same number is told apart where the system lets us. */
export interface ProcessMark {
  pid: number;
  /** start time as the system counts it; null where it does not say */
  started: string | null;
}

/** Gives the mark of this process. */
export async function ownMark(): Promise<ProcessMark> {
  return { pid: process.pid, started: await startOfProcess(process.pid) };
}

/** Tells whether the process still runs. Where its start is unknown, any process of that number counts. */
export async function isAlive({ pid, started }: ProcessMark): Promise<boolean> {
  if (!isRunning(pid)) return false;
  return started === null || (await startOfProcess(pid)) === started;
}

/**
 * Gives a short text that all processes share whose numbers mean the same, and no others: those of one start of one
 * machine or container. Names of hosts alone do not tell, containers may share one.
 */
export async function placeOfNumbers(): Promise<string> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => '');
  const names = await readlink('/proc/self/ns/pid').catch(() => '');
  const interfaces = Object.values(os.networkInterfaces()).flatMap((list = []) => list.map(({ mac }) => mac));
  // Where the system does not tell its starts apart, its network does not tell them either, but machines.
  const machine = boot === '' ? [...new Set(interfaces)].sort() : [];
  return createHash('sha256')
    .update(JSON.stringify([os.hostname(), boot.trim(), names, machine]))
    .digest('hex')
    .slice(0, 8);
}

/** Tells whether a process of this number runs here. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Reads the start of the process that has a number now; null where the system does not say. Linux counts it in ticks
 * since boot. In containers numbers come back at every restart (Node-RED is often process 1), so the number alone would
 * keep a dead process's claims for ever.
 */
async function startOfProcess(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null);
  if (!text) return null;
  // The second field, the name in brackets, may hold blanks; the start is the 22nd.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}
