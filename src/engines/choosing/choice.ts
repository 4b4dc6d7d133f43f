import type { Precision } from '../engine';
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

/** The backend that every machine has. */
export const ALWAYS_THERE: Pick<TrialSubject, 'engine' | 'device'> = { engine: 'onnx', device: 'cpu' };

/** So many times as fast another one must be to be taken in its place: short trials vary, and a choice should not. */
const CLEARLY = 1.25;

/**
 * The quickest of the backends that were tried, and why; the one that is always there unless another is clearly quicker.
 * @returns null where none works
 */
export function quickest(trials: readonly Trial[], work: WorkKind): EngineChoice | null {
  const working = trials
    .flatMap((trial) => {
      const speed = speedAt(trial, work);
      return speed === null ? [] : [{ trial, speed }];
    })
    .sort((a, b) => b.speed - a.speed);
  const [first, second] = working;
  if (!first) return null;
  const home = working.find(({ trial }) => isSame(trial, ALWAYS_THERE));
  const best = home && first.speed < CLEARLY * home.speed ? home : first;
  const other = best === first ? (best === home ? second : (home ?? second)) : first;
  const { engine, device, precision } = best.trial;
  const reason = `${nameOf(best.trial)}: ${why(best, other)}${butBroken(trials)}`;
  return { engine, device, precision, reason, warnings: [] };
}

interface Rated {
  trial: Trial;
  speed: number;
}

function why(best: Rated, other: Rated | undefined): string {
  if (!other) return 'the only one that works here';
  const name = nameOf(other.trial);
  if (best.speed >= other.speed) return `${times(best.speed / other.speed)} as fast as ${name}`;
  return `${name} is only ${times(other.speed / best.speed)} as fast`;
}

export function isSame(one: Pick<TrialSubject, 'engine' | 'device'>, other: typeof one): boolean {
  return one.engine === other.engine && one.device === other.device;
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

/** `14 times`, to two digits */
function times(ratio: number): string {
  const digits = Number(ratio.toPrecision(2));
  return digits === 1 ? 'about' : `${digits} times`;
}
