import { InvalidInputError, throwIfCancelled } from '../../base/errors';
import type { ImageReader } from '../../formats';
import type { PixelArray } from '../../image/dtype';
import type { Shape5 } from '../../image/region';
import type { JobContext, WorkerJobName } from '../protocol';

/** The plain progress that every job but a training reports. */
type PlainContext = Pick<JobContext<Exclude<WorkerJobName, 'train' | 'publish-training'>>, 'signal' | 'progress'>;

/** Counts the planes of a job: tells of progress, and lets messages have their turn, so that a cancel is heard. */
export class PlaneCounter {
  private done = 0;

  /**
   * @param total planes that will be counted
   * @param text what is done to them, for progress and cancellation
   */
  constructor(
    private readonly total: number,
    private readonly text: string,
    private readonly context: PlainContext,
  ) {}

  /** One more plane is done. @throws CancelledError */
  async next(): Promise<void> {
    this.context.progress({ done: ++this.done, total: this.total, text: this.text });
    await this.turn();
  }

  /** A plane was looked at that does not count as progress. @throws CancelledError */
  async turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    throwIfCancelled(this.context.signal, this.text);
  }
}

/** Where a plane [y, x] lies in an image. */
export interface PlaneIndex {
  t: number;
  c: number;
  z: number;
}

/**
 * Goes through the planes of an image in the order they are written: z fastest, then c, then t.
 * @throws CancelledError between planes
 */
export async function forEachPlane(
  [times, channels, depth]: Readonly<Shape5>,
  context: PlainContext,
  text: string,
  visit: (plane: PlaneIndex) => Promise<void>,
): Promise<void> {
  const counter = new PlaneCounter(times * channels * depth, text, context);
  for (let t = 0; t < times; t++) {
    for (let c = 0; c < channels; c++) {
      for (let z = 0; z < depth; z++) {
        await visit({ t, c, z });
        await counter.next();
      }
    }
  }
}

/** @throws InvalidInputError where the image has more than one channel */
export function requireOneChannel(shape: Readonly<Shape5>, name: string): void {
  if (shape[1] === 1) return;
  throw new InvalidInputError(`${name}: channels`, '1 (choose one where the image is loaded)', shape[1]);
}

export function readPlane(reader: ImageReader, { t, c, z }: PlaneIndex, signal: AbortSignal): Promise<PixelArray> {
  return reader.readPlanes(t, c, z, 1, { signal });
}

/** Seconds since a moment of `performance.now()`, to the millisecond. */
export function secondsSince(start: number): number {
  return Math.round(performance.now() - start) / 1000;
}
