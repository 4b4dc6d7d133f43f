import { LONGEST, stepsPlanned, type TrainingPlan } from './plan';

/** Keeps a training's time. Time decides when a plan is given up and when to report and save, nothing else. */
export class Clock {
  private readonly begin: number;
  private reported = Number.NEGATIVE_INFINITY;
  private saved: number;
  /** the first step of this part */
  private first: { step: number; seconds: number } | null = null;

  /**
   * @param before seconds of earlier parts of this training
   * @param now seconds from any start
   */
  constructor(
    private readonly before: number,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {
    this.begin = now();
    this.saved = this.begin;
  }

  /** Seconds of training, earlier parts included. */
  seconds(): number {
    return this.before + this.now() - this.begin;
  }

  /** Whether the time of a plan is over by as much as may be, when so many seconds more are to be kept for the end. */
  isOver({ minutes }: Pick<TrainingPlan, 'minutes'>, reserve: number): boolean {
    return minutes !== null && this.seconds() + reserve >= LONGEST * 60 * minutes;
  }

  /** Is told that this part takes steps from one on; the first time counts. */
  stepsBegin(step: number): void {
    this.first ??= { step, seconds: this.seconds() };
  }

  /** Estimated seconds to the end, from this part's speed. */
  remaining(step: number, plan: TrainingPlan): number {
    const { minutes, reserve } = plan;
    const left = stepsPlanned(plan) - step;
    const byLimit = minutes === null ? Number.POSITIVE_INFINITY : LONGEST * 60 * minutes - this.seconds();
    const done = this.first ? step - this.first.step : 0;
    const each = this.first && done > 0 ? (this.seconds() - this.first.seconds) / done : Number.POSITIVE_INFINITY;
    const estimate = Math.min(left === 0 ? reserve : each * left + reserve, byLimit);
    return Number.isFinite(estimate) ? Math.max(0, estimate) : 0;
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
}
