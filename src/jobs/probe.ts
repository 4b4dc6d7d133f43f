import { CancelledError, toErrorRecord } from '../base/errors';
import type { Outcome, TrialSubject } from '../engines/trial-memory';
import { type WorkerOptions, WorkerProcess } from './worker-process';

/** How long a backend may take to open and to be measured. The first start of a GPU's libraries takes its time. */
const LIMIT_MS = 60_000;

/** Tries a backend. @throws CancelledError */
export type Probe = (subject: TrialSubject, signal?: AbortSignal) => Promise<Outcome>;

/**
 * Tries backends, each in a process of its own: one that crashes or hangs is broken, and costs nothing else.
 * @param limitMs until a backend that does not answer is given up
 */
export function createProbe(worker: Omit<WorkerOptions, 'name'>, limitMs: number = LIMIT_MS): Probe {
  return async ({ engine, device, precision }, signal) => {
    const process = new WorkerProcess({ ...worker, name: 'probe' });
    const ending = new AbortController();
    const end = () => ending.abort();
    const timer = setTimeout(end, limitMs);
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted) end();
    try {
      return await process.run('probe-backend', { engine, device, precision }, { signal: ending.signal });
    } catch (error) {
      if (signal?.aborted) throw new CancelledError('the trial');
      const { code, message } = toErrorRecord(error);
      const reason = code === 'cancelled' ? `its trial took longer than ${limitMs / 1000} s` : message;
      return { state: 'broken', reason, remedy: null };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      // A process that is stuck in a driver is killed; nothing waits for that.
      void process.end();
    }
  };
}
