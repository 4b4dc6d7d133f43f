import { InvalidInputError } from '../base/errors';
import type { PixelSize } from '../image/description';
import type { PixelArray } from '../image/dtype';
import type { Objects } from './components';

/** A place or a length along each axis. */
export interface Zyx {
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
  centroid: Zyx;
  /** in micrometres; null where the pixel size is unknown */
  centroidMicrometres: Zyx | null;
  /** of the raw image; null without one, or where it has a pixel that is not a number */
  meanIntensity: number | null;
  /** bounding box: first pixel and extent */
  box: { start: Zyx; size: Zyx };
}

/**
 * The object table.
 * @param pixelSize micrometres; null where unknown
 * @param meanIntensity by label, from {@link IntensityMeans}
 */
export function measureObjects(
  objects: Objects,
  pixelSize: PixelSize | null,
  meanIntensity: Float64Array | null = null,
): ObjectRow[] {
  const { count, size } = objects;
  const depth = objects.runs.shape[0];
  const sums = sumPositions(objects);
  const boxes = boundingBoxes(objects);
  const micrometres = inMicrometres(pixelSize, depth);
  const rows: ObjectRow[] = [];
  for (let label = 1; label <= count; label++) {
    const n = size[label];
    const [z, y, x] = [0, 1, 2].map((axis) => sums[label * 3 + axis] / n);
    const [z0, y0, x0, z1, y1, x1] = boxes.subarray(label * 6, label * 6 + 6);
    const mean = meanIntensity?.[label];
    rows.push({
      label,
      size: n,
      sizeMicrometres: micrometres && n * micrometres.y * micrometres.x * (depth > 1 ? micrometres.z : 1),
      centroid: { z, y, x },
      centroidMicrometres: micrometres && { z: z * micrometres.z, y: y * micrometres.y, x: x * micrometres.x },
      meanIntensity: mean === undefined || Number.isNaN(mean) ? null : mean,
      box: { start: { z: z0, y: y0, x: x0 }, size: { z: z1 - z0, y: y1 - y0, x: x1 - x0 } },
    });
  }
  return rows;
}

/** Sums the raw pixels of each object, planes at a time. */
export class IntensityMeans {
  private readonly sums: Float64Array;
  private z = 0;

  constructor(private readonly objects: Objects) {
    this.sums = new Float64Array(objects.count + 1);
  }

  /**
   * The next whole planes of one channel of the raw image.
   * @throws InvalidInputError when they are not whole planes or more than the volume has
   */
  add(planes: PixelArray): void {
    const { runs, label } = this.objects;
    const [depth, height, width] = runs.shape;
    const count = planes.length / (height * width);
    if (!Number.isInteger(count) || this.z + count > depth)
      throw new InvalidInputError('raw', `whole planes of a volume of z, y, x = ${runs.shape}`, planes.length);
    for (let row = 0; row < count * height; row++) {
      const volumeRow = this.z * height + row;
      for (let i = runs.rowStart[volumeRow]; i < runs.rowStart[volumeRow + 1]; i++) {
        const end = row * width + runs.end[i];
        let sum = 0;
        for (let at = row * width + runs.start[i]; at < end; at++) sum += planes[at];
        this.sums[label[i]] += sum;
      }
    }
    this.z += count;
  }

  /** @returns mean by label @throws InvalidInputError when planes are missing */
  finish(): Float64Array {
    const depth = this.objects.runs.shape[0];
    if (this.z < depth) throw new InvalidInputError('raw', `${depth} planes`, this.z);
    return this.sums.map((sum, label) => (label === 0 ? 0 : sum / this.objects.size[label]));
  }
}

/** Sums of z, y and x over the pixels of each object, by label. */
function sumPositions({ runs, label, count }: Objects): Float64Array {
  const sums = new Float64Array((count + 1) * 3);
  forEachRun(runs.rowStart, runs.shape[1], (i, z, y) => {
    const length = runs.end[i] - runs.start[i];
    const at = label[i] * 3;
    sums[at] += z * length;
    sums[at + 1] += y * length;
    sums[at + 2] += (length * (runs.start[i] + runs.end[i] - 1)) / 2;
  });
  return sums;
}

/** First z, y, x and the ones after the last, by label. */
function boundingBoxes({ runs, label, count }: Objects): Int32Array {
  const boxes = new Int32Array((count + 1) * 6);
  for (let i = 0; i < boxes.length; i += 6) boxes.fill(2 ** 31 - 1, i, i + 3);
  forEachRun(runs.rowStart, runs.shape[1], (i, z, y) => {
    const at = label[i] * 6;
    boxes[at] = Math.min(boxes[at], z);
    boxes[at + 1] = Math.min(boxes[at + 1], y);
    boxes[at + 2] = Math.min(boxes[at + 2], runs.start[i]);
    boxes[at + 3] = Math.max(boxes[at + 3], z + 1);
    boxes[at + 4] = Math.max(boxes[at + 4], y + 1);
    boxes[at + 5] = Math.max(boxes[at + 5], runs.end[i]);
  });
  return boxes;
}

function forEachRun(rowStart: Int32Array, height: number, use: (run: number, z: number, y: number) => void): void {
  for (let row = 0; row + 1 < rowStart.length; row++) {
    const y = row % height;
    for (let i = rowStart[row]; i < rowStart[row + 1]; i++) use(i, (row - y) / height, y);
  }
}

/** A plane needs no z step; a stack without one has no sizes. */
function inMicrometres(pixelSize: PixelSize | null, depth: number): Zyx | null {
  if (!pixelSize) return null;
  if (pixelSize.z === null) return depth > 1 ? null : { ...pixelSize, z: 0 };
  return { ...pixelSize, z: pixelSize.z };
}
