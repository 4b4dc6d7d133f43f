import { type ErrorCode, type ErrorRecord, messageOf, SegmenterError } from '../base/errors';
import type { Progress, Quiet } from '../base/long-work';
import type { Outcome } from '../engines/choosing/trial-memory';
import type { InputOf } from './inputs';
import type { JobLimits } from './io/limits';
import type { HostSettings, JobTable } from './job-types';

/**
 * The jobs a worker knows: those of the nodes, and those that only the host asks for.
 * `publish-training` publishes the best checkpoint of a training whose worker had to be killed; `try-backend` tries
 * one way to compute.
 */
export type WorkerJobTable = JobTable & {
  'publish-training': JobTable['train'];
  'try-backend': { input: InputOf<'try-backend'>; output: Outcome; progress: Progress };
};
export type WorkerJobName = keyof WorkerJobTable;
export type WorkerInput<K extends WorkerJobName> = WorkerJobTable[K]['input'];
export type WorkerOutput<K extends WorkerJobName> = WorkerJobTable[K]['output'];
export type WorkerProgress<K extends WorkerJobName> = WorkerJobTable[K]['progress'];

/** What a job implementation is given beside its input. */
export interface JobContext<K extends WorkerJobName> {
  settings: HostSettings;
  /** Set when the job shall end with CancelledError. */
  signal: AbortSignal;
  /** Set when the job shall finish early and return what it has. */
  stop: AbortSignal;
  progress: (progress: WorkerProgress<K>) => void;
  /** To be told how the job saves its state while it goes on, where it can. */
  offerSave?: (save: () => Promise<void>) => void;
  /** Has work done that the answer does not wait for: it begins when that is out, and the next job waits for it. Absent: it is waited for. */
  afterwards?: (work: () => Promise<void>) => void;
  /** other than the usual ones, in tests */
  limits?: Partial<JobLimits>;
}

export type JobImplementation<K extends WorkerJobName> = (
  input: WorkerInput<K>,
  context: JobContext<K>,
) => Promise<WorkerOutput<K>>;

/** How each job is loaded; called once, on the first job of its name, so that a worker loads only what it uses. */
export type JobImplementations = { [K in WorkerJobName]: () => Promise<JobImplementation<K>> };

/** Starts a job; a worker runs one at a time. `id` is echoed by every answer. */
export interface RunMessage<K extends WorkerJobName = WorkerJobName> {
  type: 'run';
  id: number;
  job: K;
  input: WorkerInput<K>;
  settings: HostSettings;
  /** how often the worker shall give a sign of life meanwhile, and how long it may wait for one disk, in milliseconds */
  watch: { beatMs: number; stuckMs: number };
}

/** From the host to a worker: JSON over the IPC channel, never pixels. */
export type HostMessage =
  | RunMessage
  /** end the job with an error */
  | { type: 'cancel'; id: number }
  /** finish the job early and keep what it has */
  | { type: 'stop'; id: number }
  /** save the state of the job, which goes on; answered with `saved` */
  | { type: 'save'; id: number }
  /** end the process; sent to idle workers */
  | { type: 'shutdown' };

/** From a worker to the host. */
export type WorkerMessage =
  | { type: 'progress'; id: number; progress: WorkerProgress<WorkerJobName> }
  /** what the job could save when it was asked to is on disk */
  | { type: 'saved'; id: number }
  /** a sign of life: its event loop turns */
  | { type: 'beat'; id: number }
  /** it may give no sign of life for a while; null: it does again */
  | { type: 'quiet'; id: number; quiet: Quiet | null }
  | { type: 'done'; id: number; output: WorkerOutput<WorkerJobName> }
  | { type: 'failed'; id: number; error: ErrorRecord };

/** Makes the error for what cannot cross the border between the processes: a circle, a BigInt, a getter that throws. */
export function notJson(job: WorkerJobName, what: string, code: ErrorCode, cause: unknown): SegmenterError {
  const reason = messageOf(cause).split('\n', 1)[0];
  const message = `${what} of the job "${job}": expected plain JSON, got what cannot be made into it (${reason})`;
  return new SegmenterError(code, message, { job }, { cause });
}
