import { availableParallelism } from 'node:os';
import path from 'node:path';
import { CancelledError, SegmenterError } from '../../base/errors';
import { BACKENDS } from '../../engines/backends';
import { allowedBackends } from '../../engines/choosing/allowed-backends';
import { EngineChooser } from '../../engines/choosing/chooser';
import { describeMachine } from '../../engines/choosing/machine';
import { surveyEngines } from '../../engines/choosing/survey';
import { TrialMemory } from '../../engines/choosing/trial-memory';
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
import { withJobEnd } from './job-end';
import type { SilenceTimes } from './silence';
import { computeIdentity } from './training-jobs';
import { createTrials } from './trial-process';
import { type Execute, type LaneStats, WorkerLane } from './worker-lane';
import { PATIENCE, type Patience } from './worker-process';

type LaneKind = 'look' | 'pixel' | 'picture' | 'stack' | 'predict' | 'train';

/**
 * Where each job runs. Pixel work never waits for a training, a prediction finds its model warm, and who looks at an image
 * waits for nobody: its planes do not even wait for what goes through a whole stack. Looks at paths, of which one may
 * wait for a dead disk, have processes that do nothing else.
 */
const LANE_OF: Record<JobName, LaneKind> = {
  'list-samples': 'pixel',
  'list-tables': 'pixel',
  'open-sample': 'pixel',
  'inspect-file': 'pixel',
  'inspect-path': 'look',
  'merge-masks': 'pixel',
  'exclude-regions': 'pixel',
  'list-patches': 'pixel',
  'pseudo-label': 'pixel',
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
const NICENESS: Record<LaneKind, number> = { look: 0, pixel: 2, picture: 0, stack: 1, predict: 2, train: 10 };

/** A dead disk keeps one of them for some seconds. */
const LOOKERS = 2;
/** Someone waits for each look. */
const LOOK_SILENCE: SilenceTimes = { beatMs: 2000, silentMs: 15_000, diskMs: 15_000, stuckMs: 30_000 };

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
  /** milliseconds after which a backend that does not answer its trial is given up */
  trialMs?: number;
}

export interface HostStats {
  lanes: Array<LaneStats & { name: string }>;
}

export interface JobHost extends JobRunner {
  /** How full each queue is and what each worker does. */
  stats(): HostStats;
  /**
   * Tries every engine and device, which takes seconds to a minute.
   * @throws SegmenterError `busy` while it does so already, CancelledError
   */
  survey(signal?: AbortSignal): Promise<EngineSurvey>;
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
  } = options;
  const lanes = new Map<string, WorkerLane>();
  const closing = new AbortController();
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

  const laneOf = (kind: LaneKind, compute: ComputeSettings | undefined): WorkerLane => {
    const name = laneName(kind, compute);
    let lane = lanes.get(name);
    if (!lane) {
      const lookPatience = { ...PATIENCE, silence: LOOK_SILENCE, ...patience };
      const worker = {
        ...{ name: kind, entry, settings, niceness: NICENESS[kind] },
        patience: kind === 'look' ? lookPatience : patience,
      };
      const workers = kind === 'pixel' ? pixelWorkers : kind === 'look' ? LOOKERS : 1;
      lane = new WorkerLane({ worker, workers, idleMs: idleMinutes * 60_000 });
      lanes.set(name, lane);
    }
    return lane;
  };

  const run = async <K extends JobName>(
    job: K,
    input: JobInput<K>,
    { signal, stop, ...listeners }: JobRunOptions<K> = {},
  ): Promise<JobOutput<K>> => {
    if (closing.signal.aborted) throw new CancelledError(job);
    const asked = isComputing(job, input) ? input.compute : undefined;
    const lane = laneOf(LANE_OF[job], asked);
    const onWaiting = () => listeners.onChoice?.('waiting');
    return withJobEnd({ signal, stop }, lane.closing, (end) => {
      const work = (execute: Execute) =>
        asked
          ? runOnChosenBackend({ job, input, asked, execute, end, ...listeners }, chooser)
          : execute(job, input, { end, ...listeners });
      const models = needsModels(job, input) ? [settings.modelsFolder] : [];
      const needs = [input, settings.scratchFolder, ...models];
      const blamed = job === 'inspect-path' ? (input as JobInput<'inspect-path'>).path : undefined;
      // A waiting job has nothing to keep: to stop it is to cancel it.
      return lane.submit((execute) => deadPlaces.ask(needs, () => work(execute), blamed), {
        signal: end.either,
        limit: asked?.queue ?? pixelQueue,
        onWaiting,
      });
    });
  };

  return {
    run,
    stats: () => ({ lanes: [...lanes].map(([name, lane]) => ({ name, ...lane.stats() })) }),
    release: async (compute) => {
      const names = [laneName('predict', compute), laneName('train', compute)];
      await closeLanes(lanes, names);
    },
    survey: async (signal) => {
      if (surveying) throw new SegmenterError('busy', 'the devices of this machine are being tried already');
      surveying = true;
      try {
        const isBusy = () => [...lanes.values()].some((lane) => lane.stats().running > 0);
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

async function closeLanes(lanes: Map<string, WorkerLane>, names: string[]): Promise<void> {
  const closing = names.map((name) => lanes.get(name)?.close());
  for (const name of names) lanes.delete(name);
  await Promise.all(closing);
}

/** Whether a job works in the models folder: it publishes a model, or asks for one by name. */
function needsModels(job: JobName, input: object): boolean {
  const { model } = input as { model?: unknown };
  return job === 'train' || (typeof model === 'string' && !/[\\/]/.test(model));
}

function laneName(kind: LaneKind, compute: ComputeSettings | undefined): string {
  if (isShared(kind) || !compute) return kind;
  return `${kind} ${computeIdentity(compute).slice(0, 12)}`;
}

/** Whether one lane of the kind serves all compute settings. */
function isShared(kind: LaneKind): boolean {
  return kind === 'look' || kind === 'pixel' || kind === 'picture' || kind === 'stack';
}
