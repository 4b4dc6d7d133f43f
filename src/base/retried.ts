/**
 * What is made once and kept. Where it could not be made it is tried again: when somebody asks, at a pace, and now and
 * then when nobody does.
 */
export class Retried<T> {
  private made: Promise<T> | null = null;
  private failedAt: number | null = null;

  /**
   * @param signal ends the trying
   * @param pace milliseconds from a failure to the next try: where somebody asks, and where nobody does
   */
  constructor(
    private readonly make: () => Promise<T>,
    private readonly signal: AbortSignal,
    private readonly pace: { asked: number; unasked: number } = { asked: 5000, unasked: 60_000 },
  ) {}

  /** Gives what is made, or is being made. @throws what the last try threw, until the next is due */
  get(): Promise<T> {
    const isDue = this.failedAt !== null && performance.now() - this.failedAt >= this.pace.asked;
    if (this.made && (!isDue || this.signal.aborted)) return this.made;
    this.failedAt = null;
    const made = this.make();
    this.made = made;
    made.catch(() => {
      this.failedAt = performance.now();
      this.tryLater();
    });
    return made;
  }

  private tryLater(): void {
    const timer = setTimeout(() => {
      this.signal.removeEventListener('abort', stop);
      void this.get().catch(() => undefined);
    }, this.pace.unasked);
    timer.unref();
    const stop = () => clearTimeout(timer);
    this.signal.addEventListener('abort', stop, { once: true });
  }
}
