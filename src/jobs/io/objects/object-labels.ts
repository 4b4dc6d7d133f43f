import { InvalidInputError } from '../../../base/errors';
import type { Band } from '../../../image/bands';
import { Constancy, STRETCH } from '../../../image/blocks';
import type { PixelArray } from '../../../image/dtype';
import type { Shape5 } from '../../../image/region';
import { labelObjects, ObjectPainter } from '../../../thresholding/components';
import type { LabelledVolume } from '../../../thresholding/labelled-volume';
import { RunEncoder, type RunRoom } from '../../../thresholding/runs';
import type { ObjectKind } from '../../results';
import type { BandCounter } from '../bands';

/** The foreground of masks of 8 and 16 bits. */
const MASK_VALUES = [255, 65535];
/** Labels of a time point are this far from those of the one before. */
const TIME_STEP = 2 ** 32;

/**
 * The objects of a segmentation, band by band in two passes. An image with several values besides 0 is a label image,
 * each value an object; in one with a single value objects are what touches over faces, unless it is known to be a label image.
 */
export class ObjectLabels {
  private readonly encoders: RunEncoder[];
  private objects: LabelledVolume[] = [];
  private painter: { t: number; of: ObjectPainter } | null = null;
  private mask = new Uint8Array(0);
  private out = new Float64Array(0);
  /** the only value besides 0 so far; 0 before the first */
  private value = 0;
  private several: boolean;
  /** pixels of 8 bits may hold a mask of 0 and 1 */
  private isNarrow = false;

  /**
   * @param name of the image, for errors
   * @param shape [t, 1, z, y, x]
   * @param room for the runs of its foreground
   * @param isNumbered each value is an object, also where there is only one
   */
  constructor(
    private readonly name: string,
    [times, , depth, height, width]: Shape5,
    room: RunRoom,
    isNumbered = false,
  ) {
    this.several = isNumbered;
    this.encoders = Array.from({ length: times }, () => new RunEncoder([depth, height, width], room));
  }

  /** Says how the objects are told apart. */
  get kind(): ObjectKind {
    return this.several ? 'labels' : 'components';
  }

  /**
   * Tells, once objects are labelled, whether the image may be a label image of one object or none, in which nothing else is to
   * be seen of its being one.
   */
  get mayNumberOne(): boolean {
    const { value, several, isNarrow, objects } = this;
    if (several || objects.reduce((sum, { count }) => sum + count, 0) > 1) return false;
    return isNarrow ? value > 1 && !MASK_VALUES.includes(value) : !MASK_VALUES.includes(value);
  }

  /**
   * Takes all bands in order, as the first pass.
   * @throws InvalidInputError for values that are no labels, as a probability map has
   */
  add({ t }: Band, pixels: PixelArray): void {
    this.isNarrow = pixels.BYTES_PER_ELEMENT === 1;
    if (this.mask.length < pixels.length) this.mask = new Uint8Array(pixels.length);
    const mask = this.mask.subarray(0, pixels.length).fill(0);
    const constancy = new Constancy(pixels);
    for (let start = 0; start < pixels.length; start += STRETCH) {
      const end = Math.min(start + STRETCH, pixels.length);
      if (!constancy.isZero(start, end)) this.addStretch(pixels, mask, start, end);
    }
    // A label image says itself which pixels belong together.
    if (!this.several) this.encoders[t].add(mask);
  }

  private addStretch(pixels: PixelArray, mask: Uint8Array, start: number, end: number): void {
    for (let i = start; i < end; i++) {
      const value = pixels[i];
      if (value === 0) continue;
      mask[i] = 1;
      if (value === this.value) continue;
      if (!Number.isInteger(value)) {
        throw new InvalidInputError(this.name, 'a mask or label image of whole numbers (threshold it first)', value);
      }
      if (this.value === 0) this.value = value;
      else this.several = true;
    }
  }

  /** Finds the objects, between the passes, where the image does not name them. @throws CancelledError */
  async label(counter: BandCounter): Promise<void> {
    if (this.several) {
      for (const encoder of this.encoders) encoder.close();
      return;
    }
    for (const encoder of this.encoders) {
      this.objects.push(await counter.through(labelObjects(encoder.finish(), 'faces')));
    }
  }

  /**
   * Gives the labels of the next rows, in order, as the second pass; 0 background, no label twice in different time
   * points.
   * @param pixels the rows themselves
   * @returns valid until the next call
   */
  next(t: number, pixels: PixelArray): Float64Array<ArrayBuffer> {
    if (this.out.length < pixels.length) this.out = new Float64Array(pixels.length);
    const out = this.out.subarray(0, pixels.length);
    if (this.several) out.set(pixels);
    else {
      if (this.painter?.t !== t) this.painter = { t, of: new ObjectPainter(this.objects[t]) };
      this.painter.of.labels(out);
    }
    if (t > 0) for (let i = 0; i < out.length; i++) if (out[i] !== 0) out[i] += t * TIME_STEP;
    return out;
  }
}
