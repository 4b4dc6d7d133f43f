import { count } from '../../image/region';
import type { ComputingJobName, JobInput, JobOutput } from '../job-types';

/** Pixels of one turn, for the network that trials use: about what a camera brings in one image. */
export const TURN_PIXELS = 4 * 2 ** 20;
const MOST_TURNS = 10_000;
/** So many are remembered, the last ones. */
const MOST_KNOWN = 1000;

/**
 * Knows how heavy jobs are, so that flows of light and of heavy ones have the same time, not the same number of jobs: a prediction
 * costs what the last one of this model and so many pixels took, as the trials of its worker count time; before that, its pixels.
 */
export class JobCosts {
  /** pixels that a trial's network predicts meanwhile */
  private readonly known = new Map<string, number>();

  /** @returns turns, 1 to 10,000. A training costs one: trainings come after predictions, and their number is what is fair. */
  of<K extends ComputingJobName>(job: K, input: JobInput<K>): number {
    if (job === 'train') return 1;
    const asked = input as JobInput<'predict'>;
    const pixels = this.known.get(nameOf(asked)) ?? count(asked.image.shape);
    return Math.min(MOST_TURNS, Math.max(1, Math.ceil(pixels / TURN_PIXELS)));
  }

  /** Learns what a prediction took. @param speed of its worker, pixels a second; 0: not known */
  learn(input: JobInput<'predict'>, { metrics }: Pick<JobOutput<'predict'>, 'metrics'>, speed: number): void {
    // One that was given again took no time.
    if (metrics.known !== undefined || !(speed > 0)) return;
    const name = nameOf(input);
    this.known.delete(name);
    this.known.set(name, metrics.seconds * speed);
    const [oldest] = this.known.keys();
    if (this.known.size > MOST_KNOWN) this.known.delete(oldest);
  }
}

function nameOf({ model, image }: JobInput<'predict'>): string {
  return JSON.stringify([model, image.shape]);
}
