/**
 * Passes on at most one value per interval: the first at once, later ones as the newest at the end of the interval.
 * A milestone is never dropped.
 */
export class Throttle<T> {
  private pending: { value: T } | null = null;
  private sentAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | null = null;

  /**
   * @param intervalMs shortest time between two values
   * @param isMilestone whether a value must be passed on at once
   */
  constructor(
    private readonly send: (value: T) => void,
    private readonly intervalMs: number,
    private readonly isMilestone: (value: T) => boolean = () => false,
  ) {}

  push(value: T): void {
    this.pending = { value };
    const wait = this.sentAt + this.intervalMs - performance.now();
    if (wait <= 0 || this.isMilestone(value)) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), wait).unref();
  }

  /** Passes on what waits, now. */
  flush(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    if (!this.pending) return;
    const { value } = this.pending;
    this.pending = null;
    this.sentAt = performance.now();
    this.send(value);
  }
}
