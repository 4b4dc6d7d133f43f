import { CancelledError, type ErrorRecord, throwIfCancelled, toErrorRecord } from '../../base/errors';
import { checkInput } from '../inputs';
import {
  type HostMessage,
  type JobImplementation,
  type JobImplementations,
  notJson,
  type RunMessage,
  type WorkerInput,
  type WorkerJobName,
  type WorkerMessage,
  type WorkerProgress,
} from '../protocol';
import { SignsOfLife } from './signs-of-life';
import { Throttle } from './throttle';

/** Shortest time between two progress messages of a job. */
const PROGRESS_INTERVAL_MS = 100;

/** How long a job may take to end itself when the host is gone: a training saves its state after the step under way. */
const LAST_WORDS_MS = 10_000;

type CheckInput = <K extends WorkerJobName>(job: K, input: WorkerInput<K>) => WorkerInput<K>;

/** A job in this process. */
interface Running {
  id: number;
  cancel: AbortController;
  stop: AbortController;
  /** null: there is nothing to save yet */
  save: (() => Promise<void>) | null;
}

/**
 * Answers the host's messages until the channel closes: the child's side, to be called once, in a forked process.
 * A job that fails is reported as an ErrorRecord; the process stays, with whatever its modules keep warm.
 * @param check of what a job is given, the only one; another in tests
 */
export function serveJobs(implementations: JobImplementations, check: CheckInput = checkInput): void {
  const loaded = new Map<WorkerJobName, unknown>();
  let running: Running | null = null;
  /** what earlier jobs left to be done after their answers; never rejects */
  let leftOver: Promise<void> = Promise.resolve();

  const load = async <K extends WorkerJobName>(job: K): Promise<JobImplementation<K>> => {
    const known = loaded.get(job) as JobImplementation<K> | undefined;
    if (known) return known;
    const implementation = await implementations[job]();
    loaded.set(job, implementation);
    return implementation;
  };

  const run = async <K extends WorkerJobName>({ id, job, input, settings, watch }: RunMessage<K>): Promise<void> => {
    const cancel = new AbortController();
    const stop = new AbortController();
    const current: Running = { id, cancel, stop, save: null };
    running = current;
    const progress = new Throttle<WorkerProgress<K>>(
      (value) => answer({ type: 'progress', id, progress: value }),
      PROGRESS_INTERVAL_MS,
      isKept,
    );
    const signs = new SignsOfLife(id, watch, answer);
    const later: Array<() => Promise<void>> = [];
    let last: WorkerMessage;
    try {
      const implementation = await load(job);
      const checked = check(job, input);
      await Promise.race([leftOver, signs.stuck]);
      throwIfCancelled(cancel.signal, job);
      const context = {
        settings,
        signal: cancel.signal,
        stop: stop.signal,
        progress: (p: WorkerProgress<K>) => progress.push(p),
        offerSave: (save: () => Promise<void>) => {
          current.save = save;
        },
        afterwards: (work: () => Promise<void>) => later.push(work),
      };
      last = { type: 'done', id, output: await Promise.race([implementation(checked, context), signs.stuck]) };
    } catch (error) {
      last = { type: 'failed', id, error: describe(error, cancel.signal, job) };
    }
    signs.end();
    progress.flush();
    running = null;
    if (!process.connected) endNow();
    try {
      answer(last);
    } catch (error) {
      answer({ type: 'failed', id, error: notJson(job, 'result', 'internal', error).toRecord() });
    }
    for (const work of later) leftOver = leftOver.then(work).catch(() => undefined);
  };

  const save = async ({ id, save }: Running): Promise<void> => {
    // What cannot be saved now is tried again at the next turn, and said there.
    await save?.().catch(() => undefined);
    answer({ type: 'saved', id });
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
      case 'save':
        if (running?.id === message.id) save(running);
        break;
      case 'shutdown':
        void leftOver.then(() => process.exit(0));
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
  // A service manager ends the whole group, too: what runs waits for the host's word, and ends where it has that already.
  process.on('SIGTERM', () => {
    if (!running || running.cancel.signal.aborted || running.stop.signal.aborted) endNow();
  });
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

/** Each epoch of a training is a row of its output, and each event of a folder is told once: none may be dropped. */
function isKept(value: object): boolean {
  return ('epochEnd' in value && value.epochEnd === true) || 'news' in value;
}

function describe(error: unknown, cancelled: AbortSignal, job: string): ErrorRecord {
  // Whatever a library throws when it is aborted, the flow asked for it.
  if (cancelled.aborted) return new CancelledError(job).toRecord();
  const record = toErrorRecord(error);
  if (record.code !== 'internal' || !(error instanceof Error)) return record;
  return { ...record, details: { ...record.details, stack: error.stack } };
}
