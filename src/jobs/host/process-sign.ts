import { readFileSync } from 'node:fs';

/** What the system says of a process's first thread, which runs its event loop. */
export interface ProcessSign {
  /** R runs or wants to, S sleeps, D waits for a disk, T was stopped, t is looked at by a debugger */
  state: string;
  /** processor time so far, in milliseconds */
  cpuMs: number;
}

/** Of the times below /proc, on every Linux that Node.js runs on. */
const TICK_MS = 10;
/** Places in /proc/PID/stat, counted after the name, which may hold blanks. */
const STATE = 0;
const USER_TIME = 11;
const SYSTEM_TIME = 12;

/**
 * How a process is; null where the system does not say. Synchronous on purpose: /proc is memory, and Node-RED's file
 * threads may all wait for a disk.
 */
export function signOf(pid: number | undefined): ProcessSign | null {
  if (process.platform !== 'linux' || pid === undefined) return null;
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[STATE], cpuMs: (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) * TICK_MS };
  } catch {
    return null;
  }
}
