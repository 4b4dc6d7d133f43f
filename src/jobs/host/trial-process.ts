import { CancelledError, toErrorRecord } from '../../base/errors';
import type { TryBackend } from '../../engines/choosing/chooser';
import type { Outcome, TrialSubject } from '../../engines/choosing/trial-memory';
import { type WorkerOptions, WorkerProcess } from './worker-process';

/** How long a backend may take to open and to be measured. The first start of a GPU's libraries takes its time. */
const LIMIT_MS = 60_000;

export interface BackendTrials {
  tryBackend: TryBackend;
  /** Resolves when no process is left of the trials so far, or those that are cannot be ended; those that go on are not ended. */
  ended(): Promise<void>;
}

/**
 * Tries backends, each in a process of its own: one that crashes or hangs is broken, and costs nothing else.
 * @param limitMs until a backend that does not answer is given up
 */
export function createTrials(worker: Omit<WorkerOptions, 'name'>, limitMs: number = LIMIT_MS): BackendTrials {
  const open = new Set<Promise<void>>();
  return {
    tryBackend: (subject, signal) => {
      const process = new WorkerProcess({ ...worker, name: 'trial', watched: false });
      const outcome = ask(process, subject, limitMs, signal);
      // A process that is stuck in a driver is killed; who wants the outcome does not wait for that.
      const end = () => process.end();
      const gone: Promise<void> = outcome.then(end, end).finally(() => open.delete(gone));
      open.add(gone);
      return outcome;
    },
    ended: async () => {
      await Promise.all(open);
    },
  };
}

async function ask(
  process: WorkerProcess,
  { engine, device, precision }: TrialSubject,
  limitMs: number,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    process.end();
  }, limitMs);
  try {
    return await process.run('try-backend', { engine, device, precision }, { end: { cancel: signal } });
  } catch (error) {
    if (signal?.aborted) throw new CancelledError('the trial');
    const reason = late ? `its trial took longer than ${limitMs / 1000} s` : toErrorRecord(error).message;
    return { state: 'broken', reason, remedy: null };
  } finally {
    clearTimeout(timer);
  }
}
