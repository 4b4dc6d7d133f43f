import { CancelledError, SegmenterError, throwIfCancelled } from '../../base/errors';
import type { Backend, EngineOptions, Precision } from '../engine';
import { backendsFor } from './allowed-backends';
import {
  ALWAYS_THERE,
  butBroken,
  describeUnusable,
  type EngineChoice,
  hasPrecision,
  isSame,
  nameOf,
  quickest,
  speedAt,
  type WorkKind,
} from './choice';
import type { Outcome, Trial, TrialMemory, TrialSubject } from './trial-memory';

/** Tries a backend. @throws CancelledError */
export type TryBackend = (subject: TrialSubject, signal?: AbortSignal) => Promise<Outcome>;

/** What compute settings say of the choice. */
export type AskedFor = Pick<EngineOptions, 'engine' | 'device' | 'precision'>;
type BackendName = Pick<TrialSubject, 'engine' | 'device'>;

/** How trials are waited for. */
interface TrialWait {
  signal?: AbortSignal;
  /** told before each trial that is not remembered */
  onTrial?: () => void;
}

export interface ChooserParts {
  /** all that this package knows */
  backends: readonly Backend[];
  /** those that an open choice is made from */
  allowed: readonly Backend[];
  memory: () => Promise<TrialMemory>;
  tryBackend: TryBackend;
}

/** Decides where jobs run, by trials that are remembered; one trial at a time, so that they do not slow each other. */
export class EngineChooser {
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: ChooserParts) {}

  /** Whether the settings leave something to choose: what they name is kept, whatever happens. */
  isOpen(asked: AskedFor): boolean {
    return this.candidates(asked).length > 1;
  }

  /**
   * The backend for a kind of work; tries those that were not tried yet.
   * @param without backends that have failed this job
   * @throws InvalidInputError where no backend is as asked for; SegmenterError `engine` where none works
   */
  async choose(
    asked: AskedFor,
    work: WorkKind,
    { without = [], ...wait }: TrialWait & { without?: readonly BackendName[] } = {},
  ): Promise<EngineChoice> {
    const candidates = this.candidates(asked);
    if (candidates.length === 1) {
      const [{ engine, device }] = candidates;
      const reason = `${nameOf({ engine, device })}: ${asked.device === 'auto' ? 'the only one there is' : 'as set'}`;
      return { engine, device, precision: asked.precision, reason, warnings: [] };
    }
    const left = candidates.filter((one) => !without.some((failed) => isSame(failed, one)));
    const { precision } = asked;
    const choice = await this.best(left, precision, work, wait);
    if (choice) return choice;
    const exact = precision === 'float32' ? null : await this.best(left, 'float32', work, wait);
    if (exact) {
      const warning = `no device that is left to choose from computes in ${precision} (${work}): float32 instead`;
      return { ...exact, warnings: [warning] };
    }
    throw await this.nothingWorks(left, asked);
  }

  /**
   * Remembers that a backend failed in the middle of a job, so that it is not chosen for a while.
   * @returns takes that back
   */
  async failed({ engine, device, precision }: TrialSubject, reason: string): Promise<() => Promise<void>> {
    const memory = await this.parts.memory();
    const subject = { engine, device, precision };
    const before = await memory.find(subject);
    const outcome: Outcome = { state: 'broken', reason: `failed in the middle of a job: ${reason}`, remedy: null };
    await memory.remember({ ...subject, outcome });
    return async () => {
      if (before) await memory.remember(before);
    };
  }

  /**
   * Tries every backend at float32, whatever is remembered of it.
   * @param keep whether the results count from now on
   */
  async survey(keep: () => boolean, signal?: AbortSignal): Promise<Trial[]> {
    const trials: Trial[] = [];
    for (const { engine, device } of this.parts.backends) {
      trials.push(await this.inTurn(() => this.attempt({ engine, device, precision: 'float32' }, signal), signal));
    }
    const memory = await this.parts.memory();
    if (keep()) for (const trial of trials) await memory.remember(trial);
    return trials;
  }

  /** What is remembered of every backend that may be chosen; those that nothing counts of any more are tried. */
  async remembered(signal?: AbortSignal): Promise<Trial[]> {
    const trials: Trial[] = [];
    for (const { engine, device } of this.parts.allowed) {
      trials.push(await this.trial({ engine, device, precision: 'float32' }, { signal }));
    }
    return trials;
  }

  /** What an open choice takes by these trials; null: nothing works. */
  fromTrials(trials: readonly Trial[], work: WorkKind): EngineChoice | null {
    return quickest(
      trials.filter((trial) => this.parts.allowed.some((backend) => isSame(backend, trial))),
      work,
    );
  }

  private candidates({ engine, device }: AskedFor): BackendName[] {
    const { allowed, backends } = this.parts;
    const isNamed = engine !== 'auto' && device !== 'auto';
    return backendsFor({ engine, device }, isNamed ? backends : allowed);
  }

  private async best(
    candidates: readonly BackendName[],
    precision: Precision,
    work: WorkKind,
    wait: TrialWait,
  ): Promise<EngineChoice | null> {
    const able = candidates.filter((one) => hasPrecision(one, precision));
    const trials: Trial[] = [];
    for (const one of able) {
      if (!isSame(one, ALWAYS_THERE)) trials.push(await this.trial({ ...one, precision }, wait));
    }
    const home = able.find((one) => isSame(one, ALWAYS_THERE));
    if (!home) return quickest(trials, work);
    if (trials.every((trial) => speedAt(trial, work) === null)) {
      const { engine, device } = home;
      const reason = `${nameOf(home)}: the only one that works here${butBroken(trials)}`;
      return { engine, device, precision, reason, warnings: [] };
    }
    return quickest([...trials, await this.trial({ ...home, precision }, wait)], work);
  }

  /** What is remembered of a backend, else what a trial now gives. */
  private async trial({ engine, device, precision }: TrialSubject, { signal, onTrial }: TrialWait): Promise<Trial> {
    const subject = { engine, device, precision };
    const memory = await this.parts.memory();
    const known = await memory.find(subject);
    if (known) return known;
    onTrial?.();
    return this.inTurn(async () => {
      // Another job may have tried it meanwhile.
      const found = await memory.find(subject);
      if (found) return found;
      const trial = await this.attempt(subject, signal);
      await memory.remember(trial);
      return trial;
    }, signal);
  }

  private async attempt(subject: TrialSubject, signal: AbortSignal | undefined): Promise<Trial> {
    throwIfCancelled(signal, 'the trial');
    return { ...subject, outcome: await this.parts.tryBackend(subject, signal) };
  }

  private async inTurn<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return orCancelled(result, signal);
  }

  private async nothingWorks(candidates: readonly BackendName[], asked: AskedFor): Promise<SegmenterError> {
    const trials = await (await this.parts.memory()).trials();
    const reasons = candidates.flatMap((one) => {
      const trial = trials.find((known) => isSame(known, one));
      return trial && trial.outcome.state !== 'working' ? [`${nameOf(one)} is ${describeUnusable(trial.outcome)}`] : [];
    });
    const { engine, device } = asked;
    const text = `engine ${engine} on ${device}: expected one that works; ${reasons.join('; ') || 'there is none left'}`;
    return new SegmenterError('engine', text, { engine, device });
  }
}

/** A wait that a signal ends; what is waited for goes on. */
function orCancelled<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(new CancelledError('waiting for a trial'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
