import type { PixelSize } from '../../src/image/description';
import type { PixelArray } from '../../src/image/dtype';
import type { Zyx } from '../../src/image/region';
import { ObjectMeasures, type ObjectRow } from '../../src/objects/object-table';
import { type Connectivity, labelObjects, ObjectPainter } from '../../src/thresholding/components';
import { fillHoles } from '../../src/thresholding/fill-holes';
import type { LabelledVolume } from '../../src/thresholding/labelled-volume';
import { RunEncoder, type RunRoom, type Runs } from '../../src/thresholding/runs';

/** The objects of a mask in memory. */
export function objectsOf(
  mask: Uint8Array,
  shape: Zyx,
  connectivity: Connectivity,
  { minSize = 0, fill = false, room = null }: { minSize?: number; fill?: boolean; room?: RunRoom | null } = {},
): LabelledVolume {
  const runs = encodeRuns(mask, shape, room);
  const filled = fill ? withoutPauses(fillHoles(runs, room)) : runs;
  return withoutPauses(labelObjects(filled, connectivity, minSize));
}

export function maskOf(objects: LabelledVolume): Uint8Array {
  const [z, y, x] = objects.shape;
  const mask = new Uint8Array(z * y * x).fill(9);
  new ObjectPainter(objects).mask(mask);
  return mask;
}

export function labelsOf(objects: LabelledVolume): Int32Array {
  const [z, y, x] = objects.shape;
  const labels = new Int32Array(z * y * x).fill(9);
  new ObjectPainter(objects).labels(labels);
  return labels;
}

/** The rows of a volume as lists of [start, end]. */
export function runsOf(runs: Runs): number[][][] {
  return Array.from(runs.rows(), ({ data, from, count }) =>
    Array.from({ length: count }, (_, i) => [data[from + 2 * i], data[from + 2 * i + 1]]),
  );
}

export function measured(
  objects: LabelledVolume,
  pixelSize: PixelSize | null,
  raw: PixelArray | null = null,
): ObjectRow[] {
  const [z, y, x] = objects.shape;
  const measures = new ObjectMeasures(objects, { channels: raw ? 1 : 0 });
  const painter = new ObjectPainter(objects);
  painter.mask(new Uint8Array(z * y * x), (runs, row) => measures.add(runs, raw ? [raw] : [], row * x));
  return [...measures.rows(pixelSize)];
}

/** The runs of a mask in memory; non-zero is foreground. */
export function encodeRuns(mask: Uint8Array, shape: Readonly<Zyx>, room: RunRoom | null = null): Runs {
  const encoder = new RunEncoder(shape, room);
  encoder.add(mask);
  return encoder.finish();
}

/** Runs work that pauses to its end, without any pause. */
export function withoutPauses<T>(work: Generator<void, T, void>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
