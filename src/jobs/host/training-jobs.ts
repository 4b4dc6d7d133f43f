import { canonicalHash } from '../../base/plain-json';
import type { Sample } from '../../samples/sample';
import { LiveHistory } from '../../training/live-history';
import type { ComputeSettings, JobOutput, JobProgress, TrainSettings, WorkPlace } from '../job-types';

/** What a training is given to report to and to be ended by. */
export interface TrainingControl {
  /** cancel: end without a result */
  signal: AbortSignal;
  /** finish the step, publish the best so far */
  stop: AbortSignal;
  onProgress: (progress: JobProgress<'train'>) => void;
  onChoice: (choice: WorkPlace) => void;
  /** told how to have it save its state */
  offerSave: (save: () => Promise<void>) => void;
}

/** Why a training was ended without a model: its node was deleted, got other settings or data, or did not come back, or a person stopped it. */
export type EndCause = 'removed' | 'settings' | 'data' | 'away' | 'person';

/** A training that was ended. What it had saved stays, and it goes on from there when it is asked for again. */
export interface EndedTraining {
  cause: EndCause;
  /** the last that was heard of it */
  progress: JobProgress<'train'> | null;
}

export interface TrainingHooks {
  /** what the node needs to send the result on when it meets the training again, for example the message it answers */
  context?: unknown;
  /** hash of what a node knows before any message: its settings, see {@link findTraining} */
  settingsHash?: string;
  /** name of the model that is trained, for people */
  model?: string;
  /** called once when the training is ended before its end */
  onEnded?: (ended: EndedTraining) => void;
}

/** A training that outlives the node that started it. */
export interface TrainingJob {
  readonly key: string;
  readonly hash: string;
  readonly settingsHash: string | undefined;
  readonly context: unknown;
  readonly result: Promise<JobOutput<'train'>>;
  /** name of the model that is trained; blank where nobody said it */
  readonly model: string;
  /** when it began, milliseconds since 1970 */
  readonly begun: number;
  /** the newest progress, or null before the first */
  readonly lastProgress: JobProgress<'train'> | null;
  /** the epochs that it has told of */
  readonly history: LiveHistory;
  /** where it is; undefined: nothing is known yet */
  readonly choice: WorkPlace | undefined;
  /** it was told to finish, or to end */
  readonly isEnding: boolean;
  /** Calls back on every progress from now on; returns the function that ends this. */
  onProgress(listener: (progress: JobProgress<'train'>) => void): () => void;
  /** Calls back with where it is: at once where that is known, and on every change; returns the function that ends this. */
  onChoice(listener: (choice: WorkPlace) => void): () => void;
  /** Finishes early with the best model so far as the result. */
  stop(): void;
  /** Ends without a result: `result` rejects with CancelledError. */
  cancel(cause: EndCause): void;
}

/**
 * How long a training waits for its node to come back, in milliseconds: on a deploy any other node may take 15 s to stop,
 * and then all have to start.
 */
export const AWAY_GRACE_MS = 60_000;
/** How long a training may take to save its state before it ends with Node-RED, which waits 15 s for a node to close. */
export const SAVE_WITHIN_MS = 9_000;

/** Module state on purpose: Node-RED keeps modules over a deploy, nodes it does not. */
const trainings = new Map<string, Training>();
/** The training of each node that was ended last, until the node asks. */
const ended = new Map<string, EndedTraining>();

/** Hashes all that decides the outcome of a training, and which process does it. */
export function trainingHash(settings: TrainSettings, samples: Sample[], compute: ComputeSettings): string {
  return canonicalHash({ settings, samples, compute: computeIdentity(compute) });
}

/**
 * Gives the training of this node: the running one when it has the same hash, else a new one; one with another hash is cancelled.
 * @param key the node's id
 * @param hash of settings and data, see {@link trainingHash}
 * @param start begins the training; called at once, or not at all when one is running
 */
export function attachTraining(
  key: string,
  hash: string,
  start: (control: TrainingControl) => Promise<JobOutput<'train'>>,
  hooks: TrainingHooks = {},
): TrainingJob {
  const known = trainings.get(key);
  if (known?.hash === hash) {
    known.takeOver();
    return known;
  }
  known?.cancel('data');
  const training = new Training(key, hash, hooks, start);
  trainings.set(key, training);
  ended.delete(key);
  return training;
}

/**
 * Finds the running training of a node that a deploy built anew, by its id; null when there is none.
 * With another settings hash it is cancelled, and null is returned. A training whose end came while no node was attached
 * is found too, until the grace time is over.
 */
export function findTraining(key: string, settingsHash: string): TrainingJob | null {
  const known = trainings.get(key);
  if (!known) return null;
  if (known.settingsHash !== settingsHash) {
    known.cancel('settings');
    return null;
  }
  known.takeOver();
  return known;
}

/**
 * Lets go of the training of a node that closes, and ends its listeners: a removed node's training is cancelled; else it
 * goes on, and is cancelled when no node has attached to it within the grace time.
 */
export function detachTraining(key: string, removed: boolean, graceMs: number = AWAY_GRACE_MS): void {
  const known = trainings.get(key);
  if (removed) known?.cancel('removed');
  else known?.letGoAfter(graceMs);
  if (removed) ended.delete(key);
}

/** Has the training of a node save its state while it goes on; resolves when that is done, after {@link SAVE_WITHIN_MS} at the latest. */
export async function saveTraining(key: string, withinMs: number = SAVE_WITHIN_MS): Promise<void> {
  await trainings.get(key)?.save(withinMs);
}

/** Tells once of the training of a node that was ended while the node was away; null where there is none. */
export function takeEndedTraining(key: string): EndedTraining | null {
  const found = ended.get(key) ?? null;
  ended.delete(key);
  return found;
}

/** Lists the trainings that go on. */
export function runningTrainings(): TrainingJob[] {
  return [...trainings.values()].filter(({ done }) => !done);
}

class Training implements TrainingJob {
  readonly result: Promise<JobOutput<'train'>>;
  readonly settingsHash: string | undefined;
  readonly context: unknown;
  readonly model: string;
  readonly begun = Date.now();
  readonly history = new LiveHistory();
  lastProgress: JobProgress<'train'> | null = null;
  private readonly cancelling = new AbortController();
  private readonly stopping = new AbortController();
  private listeners = new Set<(progress: JobProgress<'train'>) => void>();
  private choiceListeners = new Set<(choice: WorkPlace) => void>();
  choice: WorkPlace | undefined = undefined;
  private detached: NodeJS.Timeout | null = null;
  private saver: () => Promise<void> = async () => undefined;
  private readonly onEnded: TrainingHooks['onEnded'];
  done = false;

  constructor(
    readonly key: string,
    readonly hash: string,
    { context, settingsHash, model = '', onEnded }: TrainingHooks,
    start: (control: TrainingControl) => Promise<JobOutput<'train'>>,
  ) {
    this.context = context;
    this.settingsHash = settingsHash;
    this.model = model;
    this.onEnded = onEnded;
    this.result = start({
      signal: this.cancelling.signal,
      stop: this.stopping.signal,
      onProgress: (progress) => {
        this.lastProgress = progress;
        this.history.add(progress);
        for (const listener of this.listeners) listener(progress);
      },
      onChoice: (choice) => {
        this.choice = choice;
        for (const listener of this.choiceListeners) listener(choice);
      },
      offerSave: (save) => {
        this.saver = save;
      },
    });
    // A result that comes while no node is attached is kept for the grace time.
    const onDone = () => {
      this.done = true;
      if (!this.detached) this.forget();
    };
    this.result.then(onDone, onDone);
  }

  onProgress(listener: (progress: JobProgress<'train'>) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onChoice(listener: (choice: WorkPlace) => void): () => void {
    if (this.choice !== undefined) listener(this.choice);
    this.choiceListeners.add(listener);
    return () => this.choiceListeners.delete(listener);
  }

  get isEnding(): boolean {
    return this.stopping.signal.aborted || this.cancelling.signal.aborted;
  }

  stop(): void {
    this.stopping.abort();
  }

  cancel(cause: EndCause): void {
    if (!this.done && !this.cancelling.signal.aborted) {
      const told: EndedTraining = { cause, progress: this.lastProgress };
      if (cause === 'settings' || cause === 'away') ended.set(this.key, told);
      this.onEnded?.(told);
    }
    this.cancelling.abort();
    this.forget();
  }

  async save(withinMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([this.saver().catch(() => undefined), timeout]);
    clearTimeout(timer);
  }

  /** A node has attached again. */
  takeOver(): void {
    this.endGrace();
    if (this.done) this.forget();
  }

  letGoAfter(graceMs: number): void {
    this.listeners = new Set();
    this.choiceListeners = new Set();
    this.endGrace();
    this.detached = setTimeout(() => this.giveUp(), graceMs).unref();
  }

  private async giveUp(): Promise<void> {
    const { detached } = this;
    await this.save(SAVE_WITHIN_MS);
    // Its node may have come back meanwhile.
    if (this.detached === detached) this.cancel('away');
  }

  private endGrace(): void {
    if (this.detached) clearTimeout(this.detached);
    this.detached = null;
  }

  private forget(): void {
    this.endGrace();
    if (trainings.get(this.key) === this) trainings.delete(this.key);
  }
}

/**
 * Hashes all of compute settings that decides which process works and what comes of it. How many may wait for it decides
 * neither.
 * @returns 64 hexadecimal digits
 */
export function computeIdentity({ engine, device, threads, precision, memoryMB, through }: ComputeSettings): string {
  return canonicalHash({ engine, device, threads, precision, memoryMB, ...(through === undefined ? {} : { through }) });
}
