import { CancelledError, type ErrorRecord, throwIfCancelled, toErrorRecord } from '../base/errors';
import {
  type HostMessage,
  type JobImplementation,
  type JobImplementations,
  notJson,
  type RunMessage,
  type WorkerJobName,
  type WorkerMessage,
  type WorkerProgress,
} from './protocol';
import { Throttle } from './throttle';

/** Shortest time between two progress messages of a job. */
const PROGRESS_INTERVAL_MS = 100;

/** How long a job may take to end itself when the host is gone. */
const LAST_WORDS_MS = 2000;

/** A job in this process. */
interface Running {
  id: number;
  cancel: AbortController;
  stop: AbortController;
}

/**
 * The child's side: answers the host's messages until the channel closes. To be called once, in a forked process.
 * A job that fails is reported as an ErrorRecord; the process stays, with whatever its modules keep warm.
 */
export function serveJobs(implementations: JobImplementations): void {
  const loaded = new Map<WorkerJobName, unknown>();
  let running: Running | null = null;

  const load = async <K extends WorkerJobName>(job: K): Promise<JobImplementation<K>> => {
    const known = loaded.get(job) as JobImplementation<K> | undefined;
    if (known) return known;
    const implementation = await implementations[job]();
    loaded.set(job, implementation);
    return implementation;
  };

  const run = async <K extends WorkerJobName>({ id, job, input, settings }: RunMessage<K>): Promise<void> => {
    const cancel = new AbortController();
    const stop = new AbortController();
    running = { id, cancel, stop };
    const progress = new Throttle<WorkerProgress<K>>(
      (value) => answer({ type: 'progress', id, progress: value }),
      PROGRESS_INTERVAL_MS,
      endsEpoch,
    );
    let last: WorkerMessage;
    try {
      const implementation = await load(job);
      throwIfCancelled(cancel.signal, job);
      const context = {
        settings,
        signal: cancel.signal,
        stop: stop.signal,
        progress: (p: WorkerProgress<K>) => progress.push(p),
      };
      last = { type: 'done', id, output: await implementation(input, context) };
    } catch (error) {
      last = { type: 'failed', id, error: describe(error, cancel.signal, job) };
    }
    progress.flush();
    running = null;
    if (!process.connected) endNow();
    try {
      answer(last);
    } catch (error) {
      answer({ type: 'failed', id, error: notJson(job, 'result', 'internal', error).toRecord() });
    }
  };

  process.on('message', (message: HostMessage) => {
    switch (message.type) {
      case 'run':
        run(message);
        break;
      case 'cancel':
        if (running?.id === message.id) running.cancel.abort();
        break;
      case 'stop':
        if (running?.id === message.id) running.stop.abort();
        break;
      case 'shutdown':
        process.exit(0);
    }
  });
  process.on('disconnect', () => {
    if (!running) endNow();
    // The host is gone and nobody wants the result; a training may save its state before the end.
    running?.cancel.abort();
    setTimeout(endNow, LAST_WORDS_MS);
  });
  // A Ctrl-C in the terminal reaches the whole process group; the host decides when its workers end.
  process.on('SIGINT', () => undefined);
}

/** Native threads may be at work, which a tidy exit would wait for or trip over. */
function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** @throws Error where the message is no JSON */
function answer(message: WorkerMessage): void {
  // A closed channel means that the host is gone; `disconnect` ends this process.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

/** Each epoch of a training is a row of its output, so none may be dropped. */
function endsEpoch(value: object): boolean {
  return 'epochEnd' in value && value.epochEnd === true;
}

function describe(error: unknown, cancelled: AbortSignal, job: string): ErrorRecord {
  // Whatever a library throws when it is aborted, the flow asked for it.
  if (cancelled.aborted) return new CancelledError(job).toRecord();
  const record = toErrorRecord(error);
  if (record.code !== 'internal' || !(error instanceof Error)) return record;
  return { ...record, details: { ...record.details, stack: error.stack } };
}
