import { createHash } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import os from 'node:os';

/** Names a process so that a later one with the same number is told apart where the system lets us. */
export interface ProcessMark {
  pid: number;
  /** start time as the system counts it; null where it does not say */
  started: string | null;
}

/** The mark of this process. */
export async function ownMark(): Promise<ProcessMark> {
  return { pid: process.pid, started: await startOfProcess(process.pid) };
}

/** Whether the process still runs. Where its start is unknown, any process of that number counts. */
export async function isAlive({ pid, started }: ProcessMark): Promise<boolean> {
  if (!isRunning(pid)) return false;
  return started === null || (await startOfProcess(pid)) === started;
}

/**
 * A short text that all processes share whose numbers mean the same, and no others: those of one start of one machine or
 * container. Names of hosts alone do not tell, containers may share one.
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

/** Whether a process of this number runs here. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * The start of the process that has a number now; null where the system does not say. Linux counts it in
 * ticks since boot. In containers numbers come back at every restart (Node-RED is often process 1), so the number alone
 * would keep a dead process's claims for ever.
 */
export async function startOfProcess(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null);
  if (!text) return null;
  // The second field, the name in brackets, may hold blanks; the start is the 22nd.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}
