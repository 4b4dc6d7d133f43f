import { readFileSync } from 'node:fs';
import type { Quiet } from '../../base/long-work';

/** How long a worker at work may say nothing, in milliseconds. */
export interface SilenceTimes {
  /** between two signs of life */
  beatMs: number;
  /** outside of native calls */
  silentMs: number;
  /** while it waits for a disk */
  diskMs: number;
  /** how long a job may wait for one disk while its process lives: saving much to a slow share is no error */
  stuckMs: number;
  /** in a native call at most, whatever the worker says; default: what it says */
  nativeMs?: number;
}
export const SILENCE_TIMES: SilenceTimes = { beatMs: 5000, silentMs: 25_000, diskMs: 60_000, stuckMs: 30 * 60_000 };

/** How many times as long a worker may be silent where the system does not say how it is, or gives it no processor. */
const SLOW_MACHINE = 4;

/** Why a worker is taken for hung. */
export interface Verdict {
  code: 'worker-lost' | 'timeout';
  /** what the worker does, after its name */
  how: string;
  details: Record<string, unknown>;
}

/**
 * Judges from outside whether a worker hangs. Time counts as far as the judge itself lived through it, so that a
 * suspended machine, a debugger or a busy host accuse nobody; of a worker that wants to run only the processor time that
 * it was given counts, so that a loaded machine does not either.
 */
export class Silence {
  /** since the last sign of life: at work or asleep, and waiting for a disk */
  private silentMs = 0;
  private waitedMs = 0;
  private livedMs = 0;
  private stoppedMs = 0;
  private quiet: Quiet | null = null;
  private lastTurn: number;
  private lastCpu: number | null = null;

  /** @param now in milliseconds */
  constructor(
    private readonly times: SilenceTimes,
    now: number,
  ) {
    this.lastTurn = now;
  }

  /** Hears that the worker has said something. */
  heard(): void {
    this.silentMs = 0;
    this.waitedMs = 0;
    this.livedMs = 0;
  }

  /** Hears that the worker may say nothing for a while; null: that it speaks again. */
  expect(quiet: Quiet | null): void {
    this.quiet = quiet;
  }

  /**
   * Judges a process every `beatMs` by what the system says of it, and tells each verdict.
   * @returns ends the watch
   */
  watch(pid: number | undefined, onHung: (verdict: Verdict) => void): () => void {
    const beats = setInterval(() => {
      const verdict = this.judge(performance.now(), signOf(pid));
      if (verdict) onHung(verdict);
    }, this.times.beatMs).unref();
    return () => clearInterval(beats);
  }

  /**
   * Judges the time since it was last called, which was `beatMs` ago.
   * @returns null while nothing is wrong
   */
  judge(now: number, sign: ProcessSign | null): Verdict | null {
    const lived = Math.min(now - this.lastTurn, 2 * this.times.beatMs);
    this.lastTurn = now;
    const given = sign && this.lastCpu !== null ? sign.cpuMs - this.lastCpu : lived;
    this.lastCpu = sign?.cpuMs ?? null;
    if (sign?.state === 't') {
      this.heard();
      return null;
    }
    this.livedMs += lived;
    if (sign?.state === 'D') this.waitedMs += lived;
    else if (sign) this.silentMs += sign.state === 'R' ? Math.min(lived, given) : lived;
    this.stoppedMs = sign?.state === 'T' ? this.stoppedMs + lived : 0;
    const { silentMs, diskMs, nativeMs = Number.POSITIVE_INFINITY } = this.times;
    if (this.stoppedMs > silentMs) return stopped(this.stoppedMs);
    if (this.quiet) {
      const limit = Math.min(this.quiet.limitMs, nativeMs);
      const isOver = this.silentMs + this.waitedMs > limit || this.livedMs > limit * SLOW_MACHINE;
      return isOver ? overdue(this.quiet, limit, this.livedMs) : null;
    }
    if (this.waitedMs > diskMs) return waiting(this.waitedMs);
    if (this.silentMs <= silentMs && this.livedMs <= silentMs * SLOW_MACHINE) return null;
    return sign?.state === 'T' ? stopped(this.stoppedMs) : silent(this.livedMs);
  }
}

function stopped(ms: number): Verdict {
  return {
    code: 'worker-lost',
    how: `was stopped from outside and did not go on for ${seconds(ms)} s`,
    details: { silentMs: ms },
  };
}

function silent(ms: number): Verdict {
  return { code: 'worker-lost', how: `did not answer for ${seconds(ms)} s`, details: { silentMs: ms } };
}

function waiting(ms: number): Verdict {
  const how = `waited for ${seconds(ms)} s for a disk or network share; is it within reach?`;
  return { code: 'timeout', how, details: { silentMs: ms } };
}

function overdue({ what, device, foreign = false }: Quiet, limitMs: number, ms: number): Verdict {
  const driver = device === 'cpu' ? '' : " (the device's driver may hang)";
  const why = foreign ? ' (the model may loop without end)' : driver;
  const how = `did not come back from ${what} on ${device}, which may take ${seconds(limitMs)} s${why},`;
  return { code: 'timeout', how, details: { silentMs: ms, limitMs, what, hungDevice: device, foreign } };
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}

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
function signOf(pid: number | undefined): ProcessSign | null {
  if (process.platform !== 'linux' || pid === undefined) return null;
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[STATE], cpuMs: (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) * TICK_MS };
  } catch {
    return null;
  }
}
