import type { EngineChooser } from '../../engines/choosing/chooser';
import type { ComputeSettings, JobInput, JobName, JobOutput, JobRunOptions } from '../job-types';
import { withAnyAbort } from './any-abort';
import { withFallback } from './fallback';
import type { Execute } from './worker-lane';
import { StopTimeoutError } from './worker-process';

type Computed = JobOutput<'predict' | 'train'>;

/** A job in its turn. */
export interface JobInTurn<K extends JobName> {
  job: K;
  input: JobInput<K>;
  options: Omit<JobRunOptions<K>, 'compute'>;
  execute: Execute;
  /** set when its processes shall end */
  closing: AbortSignal;
}

/** Runs a job in its turn: one that computes on the backend that is chosen for it. */
export async function perform<K extends JobName>(turn: JobInTurn<K>, chooser: EngineChooser): Promise<JobOutput<K>> {
  const { job, input, options, execute } = turn;
  return isComputing(job, input) ? compute(turn, input.compute, chooser) : execute(job, input, options);
}

async function compute<K extends JobName>(
  { job, input, options, execute, closing }: JobInTurn<K>,
  asked: ComputeSettings,
  chooser: EngineChooser,
): Promise<JobOutput<K>> {
  const { onChoice, ...rest } = options;
  const kind = job === 'train' ? 'train' : 'predict';
  return withAnyAbort([options.signal, closing], (signal) =>
    withFallback(chooser, asked, kind, { signal, stop: options.stop, onChoice }, async (choice) => {
      const { engine, device, precision, reason, warnings } = choice;
      const notes = job === 'train' ? { notes: warnings } : {};
      const chosen = { ...input, ...notes, compute: { ...asked, engine, device, precision } };
      const output = await executeOrRescue(execute, job, chosen, {
        ...rest,
        backend: `${engine}/${device}/${precision}`,
      });
      return isComputed(job, output) ? withChoice(output, reason, warnings) : output;
    }),
  );
}

/** A result that says where it was computed, and what there is to know of the choice. */
function withChoice<R extends Computed>(result: R, chosen: string, warnings: readonly string[]): R {
  const { metrics } = result;
  return { ...result, metrics: { ...metrics, chosen, warnings: [...metrics.warnings, ...warnings] } };
}

async function executeOrRescue<K extends JobName>(
  execute: Execute,
  job: K,
  input: JobInput<K>,
  options: Parameters<Execute>[2],
): Promise<JobOutput<K>> {
  try {
    return await execute(job, input, options);
  } catch (error) {
    if (!(error instanceof StopTimeoutError) || !isTraining(job, input)) throw error;
    // The training did not finish its step in time: its best checkpoint is on disk, another process publishes it.
    return await execute('publish-training', input, { signal: options.signal, backend: options.backend });
  }
}

function isComputing(job: JobName, _input: unknown): _input is JobInput<'predict' | 'train'> {
  return job === 'predict' || job === 'train';
}

function isComputed<T extends JobOutput<JobName>>(job: JobName, _output: T): _output is T & Computed {
  return job === 'predict' || job === 'train';
}

function isTraining(job: JobName, _input: unknown): _input is JobInput<'train'> {
  return job === 'train';
}
