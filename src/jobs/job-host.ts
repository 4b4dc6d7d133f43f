import { availableParallelism } from 'node:os';
import path from 'node:path';
import { canonicalHash } from '../base/canonical-hash';
import { CancelledError } from '../base/errors';
import type {
  ComputeSettings,
  HostSettings,
  JobInput,
  JobName,
  JobOutput,
  JobRunner,
  JobRunOptions,
} from './job-types';
import { type Execute, type LaneStats, WorkerLane } from './worker-lane';
import { type Patience, StopTimeoutError, type WorkerRunOptions } from './worker-process';

type LaneKind = 'pixel' | 'picture' | 'stack' | 'predict' | 'train';

/**
 * Where each job runs. Pixel work never waits for a training, a prediction finds its model warm, and who looks at an image
 * waits for nobody: its planes do not even wait for what goes through a whole stack.
 */
const LANE_OF: Record<JobName, LaneKind> = {
  'list-samples': 'pixel',
  'open-sample': 'pixel',
  'look-into': 'pixel',
  'merge-masks': 'pixel',
  'exclude-regions': 'pixel',
  'list-patches': 'pixel',
  threshold: 'pixel',
  evaluate: 'pixel',
  'save-image': 'pixel',
  'keep-images': 'pixel',
  'check-samples': 'pixel',
  'export-review': 'pixel',
  'apply-decision': 'pixel',
  'picture-info': 'picture',
  picture: 'picture',
  'stack-picture': 'stack',
  predict: 'predict',
  train: 'train',
};

/** Long work gives way to Node-RED and to everything else a person does on the machine. */
const NICENESS: Record<LaneKind, number> = { pixel: 2, picture: 0, stack: 1, predict: 2, train: 10 };

export interface HostOptions {
  /** the script that workers run */
  entry?: string;
  /** processes for pixel work */
  pixelWorkers?: number;
  /** pixel jobs that may wait; those of a compute node have its own `queue` */
  pixelQueue?: number;
  /** minutes after which an idle worker ends */
  idleMinutes?: number;
  patience?: Patience;
}

export interface HostStats {
  lanes: Array<LaneStats & { name: string }>;
}

export interface JobHost extends JobRunner {
  /** How full each queue is and what each worker does. */
  stats(): HostStats;
  /** Ends the workers of these compute settings within 5 s, cancelling what they run. */
  release(compute: ComputeSettings): Promise<void>;
  /** Cancels everything and ends every worker within 5 s. */
  shutdown(): Promise<void>;
}

/**
 * Runs jobs in child processes: a small pool for pixel work; for each set of compute settings one process that
 * predicts and one that trains. A process that dies costs its job an error `worker-lost`, and the next job starts another.
 */
export function createJobHost(settings: HostSettings, options: HostOptions = {}): JobHost {
  const {
    entry = path.join(__dirname, 'worker-main.js'),
    pixelWorkers = Math.min(2, availableParallelism()),
    pixelQueue = 1000,
    idleMinutes = 10,
    patience,
  } = options;
  const lanes = new Map<string, WorkerLane>();
  let closed = false;

  const laneOf = (kind: LaneKind, compute: ComputeSettings | undefined): WorkerLane => {
    const name = laneName(kind, compute);
    let lane = lanes.get(name);
    if (!lane) {
      const worker = { name: kind, entry, settings, patience, niceness: NICENESS[kind] };
      lane = new WorkerLane({ worker, workers: kind === 'pixel' ? pixelWorkers : 1, idleMs: idleMinutes * 60_000 });
      lanes.set(name, lane);
    }
    return lane;
  };

  const run = async <K extends JobName>(
    job: K,
    input: JobInput<K>,
    { compute: chosen, ...rest }: JobRunOptions<K> = {},
  ): Promise<JobOutput<K>> => {
    if (closed) throw new CancelledError(job);
    const compute = chosen ?? ('compute' in input ? input.compute : undefined);
    const kind = LANE_OF[job];
    const limit = isShared(kind) ? pixelQueue : (compute?.queue ?? pixelQueue);
    const { signal, stop } = rest;
    // A waiting job has nothing to keep: to stop it is to cancel it.
    const waiting = new AbortController();
    const leave = () => waiting.abort();
    for (const source of [signal, stop]) {
      if (source?.aborted) leave();
      source?.addEventListener('abort', leave, { once: true });
    }
    try {
      return await laneOf(kind, compute).submit((execute) => perform(execute, job, input, rest), {
        signal: waiting.signal,
        limit,
      });
    } finally {
      for (const source of [signal, stop]) source?.removeEventListener('abort', leave);
    }
  };

  return {
    run,
    stats: () => ({ lanes: [...lanes].map(([name, lane]) => ({ name, ...lane.stats() })) }),
    release: async (compute) => {
      const names = [laneName('predict', compute), laneName('train', compute)];
      await closeLanes(lanes, names);
    },
    shutdown: async () => {
      closed = true;
      await closeLanes(lanes, [...lanes.keys()]);
    },
  };
}

async function perform<K extends JobName>(
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
    return await execute('publish-training', input, { signal: options.signal });
  }
}

async function closeLanes(lanes: Map<string, WorkerLane>, names: string[]): Promise<void> {
  const closing = names.map((name) => lanes.get(name)?.close());
  for (const name of names) lanes.delete(name);
  await Promise.all(closing);
}

/** The queue length decides who may wait, not which process works. */
function laneName(kind: LaneKind, compute: ComputeSettings | undefined): string {
  if (isShared(kind) || !compute) return kind;
  const { engine, device, threads, memoryMB } = compute;
  return `${kind} ${canonicalHash({ engine, device, threads, memoryMB }).slice(0, 12)}`;
}

/** Whether one lane of the kind serves all compute settings. */
function isShared(kind: LaneKind): boolean {
  return kind === 'pixel' || kind === 'picture' || kind === 'stack';
}

function isTraining(job: JobName, _input: unknown): _input is JobInput<'train'> {
  return job === 'train';
}
