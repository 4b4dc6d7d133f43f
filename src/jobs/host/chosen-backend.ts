import { type SegmenterError, toErrorRecord } from '../../base/errors';
import { type EngineChoice, nameOf } from '../../engines/choosing/choice';
import type { EngineChooser } from '../../engines/choosing/chooser';
import {
  type ComputeSettings,
  type ComputingJobName,
  computes,
  type JobInput,
  type JobName,
  type JobOutput,
  type JobRunOptions,
} from '../job-types';
import type { JobEnd } from './job-end';
import type { Execute } from './lanes';
import { StopTimeoutError, type WorkerRunOptions } from './worker-process';

type Computed = JobOutput<ComputingJobName>;

/** A job that computes, in its turn. */
export interface ComputingJob<K extends JobName>
  extends Pick<JobRunOptions<K>, 'onProgress' | 'onChoice' | 'offerSave'> {
  job: K;
  /** `compute`: where it is to run, as far as somebody says so */
  input: JobInput<K> & { compute: ComputeSettings };
  execute: Execute;
  end: JobEnd;
}

interface Failure {
  choice: EngineChoice;
  error: unknown;
  takeBack: () => Promise<void>;
}

/** Tells whether a job runs on a backend that is chosen for it. */
export function isComputing(job: JobName, _input: unknown): _input is JobInput<ComputingJobName> {
  return computes(job);
}

/**
 * Runs a job on the backend that is chosen for it. Where the choice is open and the device fails in the middle, the job
 * is done again on the next best, and the failed one is not chosen for a while. A backend that was named does not change.
 * @throws what the job throws; its first failure where no backend is left
 */
export async function runOnChosenBackend<K extends JobName>(
  computing: ComputingJob<K>,
  chooser: EngineChooser,
): Promise<JobOutput<K>> {
  const { input, end, onChoice } = computing;
  const failures: Failure[] = [];
  for (;;) {
    const choice = await nextChoice(computing, chooser, failures);
    onChoice?.(choice);
    try {
      return await runOn(choice, computing);
    } catch (error) {
      const cause = failureOf(error, choice);
      if (!cause || !chooser.isOpen(input.compute) || end.cancel.aborted) {
        // What the engines fail at one after the other, the processor last, is not the devices' fault.
        if (['engine', 'worker-lost', 'timeout'].includes(toErrorRecord(error).code))
          for (const { takeBack } of failures) await takeBack();
        throw error;
      }
      const keep = async () => undefined;
      if (cause === 'unfit') failures.push({ choice, error, takeBack: keep });
      else {
        const undo = await chooser.failed(choice, toErrorRecord(error).message);
        failures.push({ choice, error, takeBack: cause === 'certain' ? keep : undo });
      }
    }
  }
}

async function nextChoice<K extends JobName>(
  { job, input, end, onChoice }: ComputingJob<K>,
  chooser: EngineChooser,
  failures: readonly Failure[],
): Promise<EngineChoice> {
  const without = failures.map(({ choice }) => choice);
  const onTrial = () => onChoice?.(null);
  // After a failure there may be a checkpoint to publish: a stop then waits for the next device.
  const signal = failures.length === 0 ? end.either : end.cancel;
  let choice: EngineChoice;
  try {
    choice = await chooser.choose(input.compute, job === 'train' ? 'train' : 'predict', { signal, without, onTrial });
  } catch (error) {
    throw end.cancel.aborted ? error : (failures[0]?.error ?? error);
  }
  const warnings = failures.map(({ choice: failed, error }, i) => {
    const next = failures[i + 1]?.choice ?? choice;
    return `${nameOf(failed)} failed (${toErrorRecord(error).message}); the job goes on with ${nameOf(next)}`;
  });
  return { ...choice, warnings: [...choice.warnings, ...warnings] };
}

/** Tells the worker what was chosen, and whoever reads the result. */
async function runOn<K extends JobName>(
  { engine, device, precision, reason, warnings }: EngineChoice,
  { job, input, execute, end, onProgress, offerSave }: ComputingJob<K>,
): Promise<JobOutput<K>> {
  const notes = job === 'train' ? { notes: warnings } : {};
  const chosen = { ...input, ...notes, compute: { ...input.compute, engine, device, precision } };
  const output = await executeOrRescue(execute, job, chosen, { end, onProgress, offerSave });
  return isComputed(job, output) ? withChoice(output, reason, warnings) : output;
}

/** A result that says where it was computed, and what there is to know of the choice. */
function withChoice<R extends Computed>(result: R, chosen: string, warnings: readonly string[]): R {
  const { metrics } = result;
  return { ...result, metrics: { ...metrics, chosen, warnings: [...metrics.warnings, ...warnings] } };
}

function isComputed<T extends JobOutput<JobName>>(job: JobName, _output: T): _output is T & Computed {
  return computes(job);
}

async function executeOrRescue<K extends JobName>(
  execute: Execute,
  job: K,
  input: JobInput<K>,
  options: WorkerRunOptions<K>,
): Promise<JobOutput<K>> {
  try {
    return await execute(job, input, options);
  } catch (error) {
    if (!(error instanceof StopTimeoutError) || !isTraining(job, input)) throw error;
    // The training did not finish its step in time: its best checkpoint is on disk, another process publishes it.
    return await execute('publish-training', input, { end: { cancel: options.end.cancel } });
  }
}

function isTraining(job: JobName, _input: unknown): _input is JobInput<'train'> {
  return job === 'train';
}

/**
 * Tells whether an error is the backend's: for certain, where it says that it does not work or took its process with it;
 * probably, where it refused or failed to compute; unfit, where this is work that the engine does not do; null for errors
 * of input, limits and files.
 */
export function failureOf(
  error: unknown,
  { engine, device }: Pick<EngineChoice, 'engine' | 'device'>,
): 'certain' | 'probable' | 'unfit' | null {
  const { code, details } = toErrorRecord(error) as Pick<SegmenterError, 'code' | 'details'>;
  if (code === 'unsupported' && details?.engine === engine) return 'unfit';
  if (code === 'engine' && (details?.state === 'absent' || details?.state === 'broken')) return 'certain';
  if (device === 'cpu' || error instanceof StopTimeoutError) return null;
  if (code === 'worker-lost') return 'certain';
  // A model of someone else's that does not come back would not do so elsewhere either.
  if (code === 'timeout' && details?.hungDevice === device && !details.foreign) return 'probable';
  // A loss that is no number comes from data and settings.
  return code === 'engine' && !(details && 'loss' in details) ? 'probable' : null;
}
