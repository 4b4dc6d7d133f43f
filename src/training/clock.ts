import type { TrainProgress, TrainSettings } from './settings';

/** Keeps a training's time. Time decides when to stop and when to report and save, nothing else. */
export class Clock {
  private readonly begin: number;
  private readonly firstStep: number;
  private reported = Number.NEGATIVE_INFINITY;
  private saved: number;

  /**
   * @param before seconds of earlier parts of this training
   * @param step steps done in these
   * @param now seconds from any start
   */
  constructor(
    private readonly before: number,
    step: number,
    private readonly maxMinutes: TrainSettings['maxMinutes'],
    private readonly now: () => number = () => performance.now() / 1000,
  ) {
    this.begin = now();
    this.saved = this.begin;
    this.firstStep = step;
  }

  /** Seconds of training, earlier parts included. */
  seconds(): number {
    return this.before + this.now() - this.begin;
  }

  /** Whether the limit is reached when so many seconds more are to be kept for the end. */
  isOver(reserve: number): boolean {
    return this.maxMinutes !== null && this.seconds() + reserve >= this.maxMinutes * 60;
  }

  /** True once a second. */
  reportDue(): boolean {
    if (this.now() - this.reported < 1) return false;
    this.reported = this.now();
    return true;
  }

  /** True every so many seconds after the last {@link markSaved}. */
  saveDue(every: number): boolean {
    return this.now() - this.saved >= every;
  }

  markSaved(): void {
    this.saved = this.now();
  }

  /** Estimated seconds to the end, from this part's speed. */
  remaining(step: number, steps: number): TrainProgress['remaining'] {
    const done = step - this.firstStep;
    const bySpeed = done > 0 ? ((this.now() - this.begin) / done) * (steps - step) : Number.POSITIVE_INFINITY;
    const byLimit = this.maxMinutes === null ? Number.POSITIVE_INFINITY : this.maxMinutes * 60 - this.seconds();
    const estimate = Math.min(bySpeed, byLimit);
    return Number.isFinite(estimate) ? Math.max(0, estimate) : 0;
  }
}
