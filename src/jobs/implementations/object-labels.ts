import { InvalidInputError } from '../../base/errors';
import type { PixelArray } from '../../image/dtype';
import type { Shape5 } from '../../image/region';
import { labelRuns, type Objects, paintLabels } from '../../thresholding/components';
import { RunEncoder } from '../../thresholding/runs';
import type { PlaneIndex } from './planes';

/** Labels of a time point are this far from those of the one before. */
const TIME_STEP = 2 ** 32;

/**
 * The objects of a segmentation, plane by plane in two passes. An image with several values besides 0 is a label image,
 * each value an object; in one with a single value objects are what touches over faces.
 */
export class ObjectLabels {
  private readonly encoders: RunEncoder[];
  private readonly labelled: Array<Objects | null>;
  private readonly labels: Int32Array<ArrayBuffer>;
  private readonly out: Float64Array<ArrayBuffer>;
  /** the only value besides 0 so far; 0 before the first */
  private value = 0;
  private several = false;

  /**
   * @param name of the image, for errors
   * @param shape [t, 1, z, y, x]
   */
  constructor(
    private readonly name: string,
    [times, , depth, height, width]: Shape5,
  ) {
    this.encoders = Array.from({ length: times }, () => new RunEncoder([depth, height, width]));
    this.labelled = Array.from({ length: times }, () => null);
    this.labels = new Int32Array(height * width);
    this.out = new Float64Array(height * width);
  }

  /** How the objects are told apart. */
  get kind(): 'labels' | 'components' {
    return this.several ? 'labels' : 'components';
  }

  /**
   * First pass: the planes of each time point in order of z.
   * @throws InvalidInputError for values that are no labels, as a probability map has
   */
  add({ t }: PlaneIndex, pixels: PixelArray): void {
    const mask = new Uint8Array(pixels.length);
    for (let i = 0; i < pixels.length; i++) {
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
    this.encoders[t].add(mask);
  }

  /**
   * Second pass: the labels of a plane, 0 background, no label twice in different time points.
   * @param pixels the plane itself
   * @returns valid until the next call
   */
  plane({ t, z }: PlaneIndex, pixels: PixelArray): Float64Array<ArrayBuffer> {
    const { out, labels } = this;
    if (this.several) out.set(pixels);
    else {
      paintLabels(this.objects(t), z, 1, labels);
      out.set(labels);
    }
    if (t > 0) for (let i = 0; i < out.length; i++) if (out[i] !== 0) out[i] += t * TIME_STEP;
    return out;
  }

  private objects(t: number): Objects {
    const known = this.labelled[t] ?? labelRuns(this.encoders[t].finish(), 'faces');
    this.labelled[t] = known;
    return known;
  }
}
