import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { CancelledError, SegmenterError, toErrorRecord } from '../../base/errors';
import { BACKENDS } from '../../engines/backends';
import { allowedBackends } from '../../engines/choosing/allowed-backends';
import type { EngineChoice } from '../../engines/choosing/choice';
import { EngineChooser } from '../../engines/choosing/chooser';
import { describeMachine } from '../../engines/choosing/machine';
import { surveyEngines } from '../../engines/choosing/survey';
import { type Trial, TrialMemory } from '../../engines/choosing/trial-memory';
import type { Backend } from '../../engines/engine';
import type {
  ComputeSettings,
  EngineSurvey,
  HostSettings,
  JobInput,
  JobName,
  JobOutput,
  JobRunner,
  JobRunOptions,
} from '../job-types';
import { isComputing, runOnChosenBackend } from './chosen-backend';
import { DeadPlaces } from './dead-places';
import { type Elsewhere, runElsewhere } from './elsewhere';
import { type JobCount, JobCounters, type RunningJob } from './job-counters';
import { withJobEnd } from './job-end';
import { JobList, type ListedJob } from './job-list';
import { type Lane, type LaneStats, laneName, openLane, type Task } from './lanes';
import { createTrials } from './trial-process';
import type { Patience } from './worker-process';

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
  /** ways to compute; default: all that this package knows */
  backends?: readonly Backend[];
  /** who has the work of a compute node done by other machines; null: nobody does any more */
  elsewhere?: (through: string) => Elsewhere | null;
  /** milliseconds after which a backend that does not answer its trial is given up */
  trialMs?: number;
}

export interface HostStats {
  lanes: Array<LaneStats & { name: string }>;
  /** what became of jobs since the host began */
  jobs: JobCount[];
  running: RunningJob[];
  /** where the last prediction computed; null: none did yet */
  predictsOn: Pick<EngineChoice, 'engine' | 'device' | 'precision'> | null;
}

export interface JobHost extends JobRunner {
  /** Tells how full each queue is, what each worker does and what became of jobs. */
  stats(): HostStats;
  /** Lists the jobs that run and wait, the oldest first; of those that name who asks. */
  jobs(): ListedJob[];
  /**
   * Tries every engine and device, which takes seconds to a minute.
   * @throws SegmenterError `busy` while it does so already, CancelledError
   */
  survey(signal?: AbortSignal): Promise<EngineSurvey>;
  /** Gives what is known of the engines and devices that may be chosen; tries what is not. @throws CancelledError */
  trials(signal?: AbortSignal): Promise<Trial[]>;
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
    entry = path.join(__dirname, '../worker/worker-main.js'),
    pixelWorkers = Math.min(2, availableParallelism()),
    pixelQueue = 1000,
    idleMinutes = 10,
    patience,
    backends = BACKENDS,
    trialMs,
    elsewhere,
  } = options;
  const lanes = new Map<string, Lane>();
  const list = new JobList();
  const counters = new JobCounters();
  const closing = new AbortController();
  // Every job that waits listens to it.
  setMaxListeners(0, closing.signal);
  let memory: Promise<TrialMemory> | null = null;
  let surveying = false;
  const deadPlaces = new DeadPlaces([settings.scratchFolder, settings.modelsFolder]);
  const trials = createTrials({ entry, settings, patience }, trialMs);
  const chooser = new EngineChooser({
    backends,
    allowed: allowedBackends(backends),
    memory: () => {
      memory ??= describeMachine().then((machine) => new TrialMemory(settings.scratchFolder, machine));
      // A disk that comes late is found by the next job.
      memory.catch(() => {
        memory = null;
      });
      return memory;
    },
    tryBackend: trials.tryBackend,
  });

  const laneOf = (name: string, job: JobName): Lane => {
    const idleMs = idleMinutes * 60_000;
    const lane = lanes.get(name) ?? openLane(job, { entry, settings, patience, pixelWorkers, idleMs });
    lanes.set(name, lane);
    return lane;
  };

  const otherMachines = (through: string): Elsewhere => {
    const found = elsewhere?.(through);
    if (!found)
      throw new SegmenterError('busy', 'the queue of the compute node is closed: was the node changed or disabled?');
    return found;
  };

  const run = async <K extends JobName>(
    job: K,
    input: JobInput<K>,
    { signal, stop, asker, ...heard }: JobRunOptions<K> = {},
  ): Promise<JobOutput<K>> => {
    if (closing.signal.aborted) throw new CancelledError(job);
    const compute = isComputing(job, input) ? input.compute : undefined;
    const models = needsModels(job, input) ? [settings.modelsFolder] : [];
    // What asks for the room of a disk shall hear of that disk alone.
    const scratch = job === 'disk-space' ? [] : [settings.scratchFolder];
    const needs = [input, ...scratch, ...models];
    const blamed = job === 'inspect-path' ? (input as JobInput<'inspect-path'>).path : undefined;
    const away = compute?.through === undefined ? null : otherMachines(compute.through);
    const lane = away ? 'queue' : laneName(job, compute);
    const counted = counters.add(job, lane, heard);
    const { listeners, begun, over } = list.add(job, lane, asker, counted.listeners);
    const work: Task<JobOutput<K>> = (execute, end) => {
      begun();
      counted.begun();
      return isComputing(job, input)
        ? runOnChosenBackend({ job, input, execute, end, ...listeners }, chooser)
        : execute(job, input, { end, ...listeners });
    };
    const task: Task<JobOutput<K>> = (execute, end) => deadPlaces.ask(needs, () => work(execute, end), blamed);
    const wait = {
      ...{ signal, stop },
      limit: compute?.queue ?? pixelQueue,
      name: nameOfWork(job, input),
      onWaiting: listeners.onChoice && ((waitsFor: string) => listeners.onChoice?.({ waitsFor })),
    };
    try {
      const started = () => {
        begun();
        counted.begun();
      };
      const output =
        away && isComputing(job, input)
          ? await runElsewhere(away, job, input, { signal, stop, ...listeners }, { started, closing: closing.signal })
          : await laneOf(lane, job).submit(task, wait);
      counted.ended(null);
      return output;
    } catch (error) {
      counted.ended(toErrorRecord(error).code);
      throw error;
    } finally {
      over();
    }
  };

  return {
    run,
    jobs: () => list.list(),
    stats: () => ({
      lanes: [...lanes].map(([name, lane]) => ({ name, ...lane.stats() })),
      jobs: counters.list(),
      running: counters.listRunning(),
      predictsOn: counters.lastPlace('predict'),
    }),
    trials: (signal) => withJobEnd({ signal }, closing.signal, ({ cancel }) => chooser.remembered(cancel)),
    release: async (compute) => {
      const names = [laneName('predict', compute), laneName('train', compute)];
      await closeLanes(lanes, names);
    },
    survey: async (signal) => {
      if (surveying) throw new SegmenterError('busy', 'the devices of this machine are being tried already');
      surveying = true;
      try {
        // Who listens to folders takes nothing from the others.
        const isBusy = () => [...lanes].some(([name, lane]) => name !== LISTENERS && lane.stats().running > 0);
        return await withJobEnd({ signal }, closing.signal, ({ cancel }) => surveyEngines(chooser, isBusy, cancel));
      } finally {
        surveying = false;
      }
    },
    shutdown: async () => {
      closing.abort();
      await closeLanes(lanes, [...lanes.keys()]);
      await trials.ended();
    },
  };
}

const LISTENERS = laneName('folder-events', undefined);

async function closeLanes(lanes: Map<string, Lane>, names: string[]): Promise<void> {
  const closing = names.map((name) => lanes.get(name)?.close());
  for (const name of names) lanes.delete(name);
  await Promise.all(closing);
}

/** What people call a job by: what it does, and what of. */
function nameOfWork(job: JobName, input: object): string {
  const { settings, image, id } = input as { settings?: { model?: unknown }; image?: { id?: unknown }; id?: unknown };
  const of = [settings?.model, id, image?.id].find((name) => typeof name === 'string' && name !== '');
  return of === undefined ? job : `${job} ${of}`;
}

/** Whether a job works in the models folder: it publishes a model, asks for one by name, or looks after all. */
function needsModels(job: JobName, input: object): boolean {
  const { model } = input as { model?: unknown };
  if (
    [
      'train',
      'adopt-model',
      'offer-files',
      'list-models',
      'find-model-file',
      'change-models',
      'export-model',
      'import-model',
    ].includes(job)
  )
    return true;
  return typeof model === 'string' && !/[\\/]/.test(model);
}
