import { readFile } from 'node:fs/promises';

/** Names a process so that a later one with the same number is told apart where the system lets us. */
export interface ProcessMark {
  pid: number;
  /** start time as the system counts it; null where it does not say */
  started: string | null;
}

/** The mark of this process. */
export async function ownMark(): Promise<ProcessMark> {
  return { pid: process.pid, started: await startOf(process.pid) };
}

/** Whether the process still runs. Where its start is unknown, any process of that number counts. */
export async function isAlive({ pid, started }: ProcessMark): Promise<boolean> {
  if (!exists(pid)) return false;
  return started === null || (await startOf(pid)) === started;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Linux counts a process's start in ticks since boot. In containers numbers come back at every restart
 * (Node-RED is often process 1), so the number alone would keep a dead process's claims for ever.
 */
async function startOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null);
  if (!text) return null;
  // The second field, the name in brackets, may hold blanks; the start is the 22nd.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}
