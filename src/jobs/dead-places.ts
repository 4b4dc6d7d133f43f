import path from 'node:path';
import { SegmenterError, toErrorRecord } from '../base/errors';
import { toPath } from '../storage/paths';

/** How long a place that did not answer is not asked again. */
const FORGET_MS = 30_000;
const MOST_PLACES = 100;

/** Remembers folders whose disk did not answer, so that those who ask next need not wait as long, nor keep others waiting. */
export class DeadPlaces {
  /** folder to the time when it may be asked again */
  private readonly until = new Map<string, number>();

  /** @param now milliseconds; replaced in tests */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /**
   * Asks for something at a path, unless its folder, or one above, did not answer a short while ago.
   * @throws SegmenterError `timeout`; what `ask` throws
   */
  async ask<T>(place: string, ask: () => Promise<T>): Promise<T> {
    const folder = path.dirname(path.resolve(toPath(place)));
    this.forget();
    for (const [dead] of this.until) {
      if (folder !== dead && !folder.startsWith(dead.endsWith(path.sep) ? dead : dead + path.sep)) continue;
      const message = `${place}: its disk or network share did not answer a short while ago; is it within reach?`;
      throw new SegmenterError('timeout', message, { path: place });
    }
    try {
      return await ask();
    } catch (error) {
      if (toErrorRecord(error).code === 'timeout') this.until.set(folder, this.now() + FORGET_MS);
      throw error;
    }
  }

  private forget(): void {
    for (const [folder, until] of this.until) {
      if (until <= this.now() || this.until.size > MOST_PLACES) this.until.delete(folder);
    }
  }
}
