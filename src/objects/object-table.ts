import { InvalidInputError } from '../base/errors';
import type { PixelSize } from '../image/description';
import type { PixelArray } from '../image/dtype';
import type { LabelledVolume } from '../thresholding/labelled-volume';
import type { LabelledRow } from '../thresholding/row-labeller';
import { type ObjectShape, ObjectShapes } from './object-shapes';

/** A place or a length along each axis. */
interface PerAxis {
  z: number;
  y: number;
  x: number;
}

/** One row of the object table. Positions count pixels from 0 at the centre of the first one. */
export interface ObjectRow {
  label: number;
  /** in pixels (voxels) */
  size: number;
  /** in square micrometres for a plane, cubic for a stack; null where the pixel size is unknown */
  sizeMicrometres: number | null;
  centroid: PerAxis;
  /** in micrometres; null where the pixel size is unknown */
  centroidMicrometres: PerAxis | null;
  /** of the raw image; null without one, or where it has a pixel that is not a number */
  meanIntensity: number | null;
  /** of each channel of the raw image; absent where only the first was looked at */
  meanIntensities?: Array<number | null>;
  /** bounding box: first pixel and extent */
  box: { start: PerAxis; size: PerAxis };
  /** absent where it was not asked for */
  shape?: ObjectShape;
}

/** What is measured of objects beside where they are and how large. */
export interface Measured {
  /** channels of the raw image that comes with the rows (0) */
  channels?: number;
  /** form, axes and neighbours (false) */
  shapes?: boolean;
}

/** Measures the objects of a volume row by row, in arrays of numbers: there may be millions. */
export class ObjectMeasures {
  /** sums of z, y and x over the pixels of each object, by label */
  private readonly positions: Float64Array;
  /** first z, y, x and the ones after the last, by label */
  private readonly boxes: Int32Array;
  /** sums by label, then channel */
  private readonly intensities: Float64Array;
  private readonly channels: number;
  private readonly shapes: ObjectShapes | null;
  private seen = 0;

  constructor(
    private readonly objects: LabelledVolume,
    { channels = 0, shapes = false }: Measured = {},
  ) {
    const { count } = objects;
    this.channels = channels;
    this.positions = new Float64Array((count + 1) * 3);
    this.boxes = new Int32Array((count + 1) * 6);
    for (let i = 0; i < this.boxes.length; i += 6) this.boxes.fill(2 ** 31 - 1, i, i + 3);
    this.intensities = new Float64Array((count + 1) * channels);
    this.shapes = shapes ? new ObjectShapes(objects) : null;
  }

  /**
   * Takes the next row.
   * @param raw rows of each channel of the raw image, of which this one begins at `offset`
   */
  add(runs: LabelledRow, raw: readonly PixelArray[] = [], offset = 0): void {
    const { positions, boxes, intensities, channels } = this;
    const { data, count } = runs;
    const [, height] = this.objects.shape;
    const y = this.seen % height;
    const z = (this.seen - y) / height;
    this.shapes?.add(runs, z, y);
    for (let i = 0; i < 3 * count; i += 3) {
      const [start, end, label] = [data[i], data[i + 1], data[i + 2]];
      if (label === 0) continue;
      const length = end - start;
      positions[3 * label] += z * length;
      positions[3 * label + 1] += y * length;
      positions[3 * label + 2] += (length * (start + end - 1)) / 2;
      const box = 6 * label;
      boxes[box] = Math.min(boxes[box], z);
      boxes[box + 1] = Math.min(boxes[box + 1], y);
      boxes[box + 2] = Math.min(boxes[box + 2], start);
      boxes[box + 3] = Math.max(boxes[box + 3], z + 1);
      boxes[box + 4] = Math.max(boxes[box + 4], y + 1);
      boxes[box + 5] = Math.max(boxes[box + 5], end);
      for (let c = 0; c < channels; c++) {
        const pixels = raw[c];
        let sum = 0;
        for (let at = offset + start; at < offset + end; at++) sum += pixels[at];
        intensities[label * channels + c] += sum;
      }
    }
    this.seen++;
  }

  /** Makes the object table, row by row. @throws as {@link rowOf} */
  *rows(pixelSize: PixelSize | null): Generator<ObjectRow, void, void> {
    const rowOf = this.rowOf(pixelSize);
    for (let label = 1; label <= this.objects.count; label++) yield rowOf(label);
  }

  /**
   * Gives what makes the row of an object of the table, by its label.
   * @param pixelSize micrometres; null where unknown
   * @throws InvalidInputError when rows are missing
   */
  rowOf(pixelSize: PixelSize | null): (label: number) => ObjectRow {
    const { size, shape } = this.objects;
    const [depth, height] = shape;
    if (this.seen < depth * height) throw new InvalidInputError('objects', `${depth * height} rows`, this.seen);
    const micrometres = inMicrometres(pixelSize, depth);
    const shapeOf = this.shapes?.measured(pixelSize);
    return (label) => {
      const n = size[label];
      const [z, y, x] = [0, 1, 2].map((axis) => this.positions[label * 3 + axis] / n);
      const [z0, y0, x0, z1, y1, x1] = this.boxes.subarray(label * 6, label * 6 + 6);
      const means = Array.from({ length: this.channels }, (_, c) => {
        const mean = this.intensities[label * this.channels + c] / n;
        return Number.isNaN(mean) ? null : mean;
      });
      const box = { start: { z: z0, y: y0, x: x0 }, size: { z: z1 - z0, y: y1 - y0, x: x1 - x0 } };
      return {
        label,
        size: n,
        sizeMicrometres: micrometres && n * micrometres.y * micrometres.x * (depth > 1 ? micrometres.z : 1),
        centroid: { z, y, x },
        centroidMicrometres: micrometres && { z: z * micrometres.z, y: y * micrometres.y, x: x * micrometres.x },
        meanIntensity: means[0] ?? null,
        ...(means.length > 1 ? { meanIntensities: means } : {}),
        box,
        ...(shapeOf ? { shape: shapeOf(label, { voxels: n, mean: { z, y, x }, box }) } : {}),
      };
    };
  }
}

/** A plane needs no z step; a stack without one has no sizes. */
function inMicrometres(pixelSize: PixelSize | null, depth: number): PerAxis | null {
  if (!pixelSize) return null;
  if (pixelSize.z === null) return depth > 1 ? null : { ...pixelSize, z: 0 };
  return { ...pixelSize, z: pixelSize.z };
}
