import { InvalidInputError, throwIfCancelled } from '../../base/errors';
import { eventLoopTurn } from '../../base/long-work';
import type { ImageReader } from '../../formats';
import { type Band, bandCount, bandRows, imageBands } from '../../image/bands';
import type { PixelArray } from '../../image/dtype';
import type { Shape5 } from '../../image/region';
import { checkMaskShape, maskIndex } from '../../masks/planes';
import { checkPlanes, partOfBand, rasteriser } from '../../masks/rasterise';
import { loadMask } from '../../samples/regions-file';
import type { SegmentationReader } from '../../samples/segmentation';
import type { JobContext, WorkerJobName } from '../protocol';
import type { JobFiles } from './job-files';
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

  /** Notes that one more band is done. @throws CancelledError */
  async next(): Promise<void> {
    this.context.progress({ done: ++this.done, total: this.total, text: this.text });
    await this.turn();
  }

  /** Notes that something was done that does not count as progress. @throws CancelledError */
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

/** Counts the rows of the bands in which images of one extent are gone through together. */
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

/** Checks that an image has one channel. @throws InvalidInputError where the image has more than one channel */
export function requireOneChannel(shape: Readonly<Shape5>, name: string): void {
  if (shape[1] === 1) return;
  throw new InvalidInputError(`${name}: channels`, '1 (choose one where the image is loaded)', shape[1]);
}

/** Gives the seconds since a moment of `performance.now()`, to the millisecond. */
export function secondsSince(start: number): number {
  return Math.round(performance.now() - start) / 1000;
}

/** A mask, for going through an image. */
export interface MaskBands {
  /** A band of it: non-zero is inside; null: nothing of it is. Not to be written to. */
  read(band: Band): Promise<PixelArray | null>;
  /** where it is an image */
  reader: SegmentationReader | null;
}

/**
 * Opens a mask for an image of a shape: an image, polygons, or the path of a file of either.
 * @param value as it came with the message; null and undefined: no mask, returns null
 * @param shape [t, c, z, y, x] of the image the mask is for
 * @throws SegmenterError `invalid-input` where it is no mask or does not fit, `not-allowed` for a path outside the
 *   roots; what opening an image throws
 */
export async function openMask(
  files: JobFiles,
  value: unknown,
  name: string,
  shape: Shape5,
  signal: AbortSignal,
): Promise<MaskBands | null> {
  const mask = await loadMask(value, { name, id: name, roots: files.roots });
  if (!mask) return null;
  if (mask.kind === 'regions') {
    checkPlanes(mask.regions, shape[2]);
    const rasterised = rasteriser(mask.regions);
    return { reader: null, read: async (band) => rasterised(partOfBand(band, shape[4])) };
  }
  const reader = await files.openSegmentation(mask.image, { name, purpose: 'mask', signal });
  checkMaskShape(reader.shape, name, shape, 'the image');
  const [times, , depth] = reader.shape;
  const read = ({ t, z, y, rows }: Band) =>
    reader.readRows({ t: maskIndex(times, t), c: 0, z: maskIndex(depth, z), y, rows }, { signal });
  return { reader, read };
}
