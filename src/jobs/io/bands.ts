import { InvalidInputError, throwIfCancelled } from '../../base/errors';
import { eventLoopTurn } from '../../base/long-work';
import type { ImageReader } from '../../formats';
import { type Band, bandCount, bandRows, imageBands } from '../../image/bands';
import type { Shape5 } from '../../image/region';
import type { JobContext, WorkerJobName } from '../protocol';
import { limitsOf } from './limits';

/** What every job but a training is given: plain progress. */
export type PlainContext = Pick<
  JobContext<Exclude<WorkerJobName, 'train' | 'publish-training'>>,
  'signal' | 'progress' | 'limits'
>;

/** Counts the bands of a job: tells of progress, and lets messages have their turn, so that a cancel is heard. */
export class BandCounter {
  private done = 0;

  /**
   * @param total bands that will be counted
   * @param text what is done to them, for progress and cancellation
   */
  constructor(
    private readonly total: number,
    private readonly text: string,
    private readonly context: PlainContext,
  ) {}

  /** One more band is done. @throws CancelledError */
  async next(): Promise<void> {
    this.context.progress({ done: ++this.done, total: this.total, text: this.text });
    await this.turn();
  }

  /** Something was done that does not count as progress. @throws CancelledError */
  async turn(): Promise<void> {
    await eventLoopTurn();
    throwIfCancelled(this.context.signal, this.text);
  }

  /** Goes through work that pauses now and then, with a turn for others in each pause. @throws CancelledError */
  async through<T>(work: Generator<void, T, void>): Promise<T> {
    for (let step = work.next(); ; step = work.next()) {
      if (step.done) return step.value;
      await this.turn();
    }
  }
}

/** The rows of the bands in which images of one extent are gone through together. */
export function rowsOfBands(readers: readonly ImageReader[], shape: Readonly<Shape5>, context: PlainContext): number {
  const heights = readers.map(({ block }) => block[3]);
  return bandRows(shape, heights, limitsOf(context).bandPixels);
}

/**
 * Goes through an image in the order it is written: y fastest, then z, c, t.
 * @param rows of a band
 * @throws CancelledError between bands
 */
export async function forEachBand(
  shape: Readonly<Shape5>,
  rows: number,
  context: PlainContext,
  text: string,
  visit: (band: Band) => Promise<void>,
): Promise<void> {
  const counter = new BandCounter(bandCount(shape, rows), text, context);
  for (const band of imageBands(shape, rows)) {
    await visit(band);
    await counter.next();
  }
}

/** @throws InvalidInputError where the image has more than one channel */
export function requireOneChannel(shape: Readonly<Shape5>, name: string): void {
  if (shape[1] === 1) return;
  throw new InvalidInputError(`${name}: channels`, '1 (choose one where the image is loaded)', shape[1]);
}

/** Seconds since a moment of `performance.now()`, to the millisecond. */
export function secondsSince(start: number): number {
  return Math.round(performance.now() - start) / 1000;
}
