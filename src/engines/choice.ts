import type { Precision } from './engine';
import type { Speeds } from './trial';
import type { Outcome, Trial, TrialSubject } from './trial-memory';

/** What a device does: the quickest one for predictions need not be the quickest one for training. */
export type WorkKind = 'predict' | 'train';

/** The backend that a job runs on. */
export interface EngineChoice extends TrialSubject {
  /** why this one, in words that begin with its name */
  reason: string;
  /** what a person should know of it */
  warnings: string[];
}

type Unusable = Extract<Outcome, { state: 'absent' | 'broken' }>;

/** `onnx on cpu` */
export function nameOf({ engine, device }: Pick<TrialSubject, 'engine' | 'device'>): string {
  return `${engine} on ${device}`;
}

/** Whether the device can compute so at all: processors have float32 only. */
export function hasPrecision({ device }: Pick<TrialSubject, 'device'>, precision: Precision): boolean {
  return precision === 'float32' || device !== 'cpu';
}

/**
 * How quick a backend is at a kind of work: the geometric mean of 2D and 3D, so that neither's unit matters.
 * @returns null where it does not do this work
 */
export function speedAt({ outcome }: Trial, work: WorkKind): number | null {
  if (outcome.state !== 'working') return null;
  const { predict2d, predict3d, train2d, train3d }: Speeds = outcome.speeds;
  const [flat, deep] = work === 'predict' ? [predict2d, predict3d] : [train2d, train3d];
  return flat === null || deep === null ? null : Math.sqrt(flat * deep);
}

/**
 * The quickest of the backends that were tried, and why.
 * @returns null where none works
 */
export function quickest(trials: readonly Trial[], work: WorkKind): EngineChoice | null {
  const working = trials
    .flatMap((trial) => {
      const speed = speedAt(trial, work);
      return speed === null ? [] : [{ trial, speed }];
    })
    .sort((a, b) => b.speed - a.speed);
  const [best, second] = working;
  if (!best) return null;
  const { engine, device, precision } = best.trial;
  // What people know best is how a processor does.
  const other = working.find(({ trial }) => trial !== best.trial && trial.device === 'cpu') ?? second;
  const why = other ? `${ratio(best.speed / other.speed)} ${nameOf(other.trial)}` : 'the only one that works here';
  return {
    engine,
    device,
    precision,
    reason: `${nameOf(best.trial)}: ${why}${butBroken(trials)}`,
    warnings: [],
  };
}

/** What is there and does not work, for a reason's end; what is absent is no news. */
export function butBroken(trials: readonly Trial[]): string {
  const names = trials.filter(({ outcome }) => outcome.state === 'broken').map(nameOf);
  return names.length > 0 ? `; broken: ${names.join(', ')}` : '';
}

/** `absent: no NVIDIA driver; install one` */
export function describeUnusable({ state, reason, remedy }: Unusable): string {
  return `${state}: ${reason}${remedy ? `; ${remedy}` : ''}`;
}

/** `14 times as fast as`, to two digits */
function ratio(times: number): string {
  const digits = Number(times.toPrecision(2));
  return digits === 1 ? 'as fast as' : `${digits} times as fast as`;
}
