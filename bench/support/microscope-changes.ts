import type { Random } from '../../src/base/random';
import type { DType, PixelArray } from '../../src/image/dtype';
import { allocate } from '../../src/image/dtype';
import type { Shape5 } from '../../src/image/region';
import { resampleAxis, resamplePlane } from '../../src/image/resample';
import { gaussianBlur } from '../../src/simulation/microscope';

/** An image of one channel and time point, and where its foreground is. */
export interface Field {
  shape: Shape5;
  dtype: DType;
  /** C order over `shape` */
  pixels: PixelArray;
  /** not 0 in the foreground */
  truth: Uint8Array<ArrayBuffer>;
}

/** A change of an image, as another microscope, other settings or a mistake makes it. */
type Change = (field: Field, random: Random) => Pick<Field, 'pixels' | 'shape'> & { truth?: Uint8Array<ArrayBuffer> };

/** What does no harm, for the normalisation takes it out: to be told of it is a false alarm. */
export const HARMLESS: Readonly<Record<string, Change>> = {
  'gain 0.5 and another offset': (field) => each(field, (v, span) => 0.5 * v + 0.1 * span),
};

/** Faults. Of each two strengths, where it has any: settings that labs meet, fixed before anything was measured. */
export const FAULTS: Readonly<Record<string, Change>> = {
  'blur of 1.5 pixels': (field) => blurred(field, 1.5),
  'blur of 3 pixels': (field) => blurred(field, 3),
  'noise of 10 % of the range': (field, random) => each(field, (v, span) => v + 0.1 * span * random.normal()),
  'noise of 20 % of the range': (field, random) => each(field, (v, span) => v + 0.2 * span * random.normal()),
  'light falls to a fifth across the field': (field) => lit(field, (_, u) => 1 - 0.8 * u),
  'light falls to a third at the corners': (field) =>
    lit(field, (v, u) => 1 - 1.33 * ((v - 0.5) ** 2 + (u - 0.5) ** 2)),
  'saturated at 30 % of the range': (field) => saturated(field, 0.3),
  'saturated at 10 % of the range': (field) => saturated(field, 0.1),
  'gamma 0.5': (field) => gamma(field, 0.5),
  'gamma 2': (field) => gamma(field, 2),
  'half as many pixels along an axis': (field) => resized(field, 0.5),
  'twice as many pixels along an axis': (field) => resized(field, 2),
  'bleached to a tenth': (field, random) => bleached(field, random),
  empty: (field, random) => empty(field, random),
  'channel of a diffuse stain': (field, random) => diffuse(field, random),
  'channel of transmitted light': (field, random) => relief(field, random),
};

/** The percentiles that a change takes for dark and bright. */
function rangeOf({ pixels }: Field): { low: number; high: number } {
  const sorted = Float64Array.from(pixels).sort();
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))];
  return { low: at(0.001), high: at(0.999) };
}

function each(field: Field, change: (value: number, span: number, low: number) => number): ReturnType<Change> {
  const { low, high } = rangeOf(field);
  return stored(
    field,
    Float64Array.from(field.pixels, (value) => change(value, high - low, low)),
  );
}

function stored(
  { dtype, shape, truth }: Field,
  values: Float64Array | Float32Array,
  other: { shape: Shape5; truth: Uint8Array<ArrayBuffer> } = { shape, truth },
): ReturnType<Change> {
  const most = dtype === 'uint8' ? 255 : 65535;
  const pixels = allocate(dtype, values.length);
  for (let i = 0; i < values.length; i++) pixels[i] = Math.min(most, Math.max(0, Math.round(values[i])));
  return { pixels, ...other };
}

function blurredValues({ pixels, shape }: Field, deviation: number): Float32Array {
  const values = Float32Array.from(pixels);
  gaussianBlur(values, shape, [0, deviation, deviation]);
  return values;
}

function blurred(field: Field, deviation: number): ReturnType<Change> {
  return stored(field, blurredValues(field, deviation));
}

/** @param factor by the place in a plane, [0, 1] along y and x; the dark level stays */
function lit(field: Field, factor: (v: number, u: number) => number): ReturnType<Change> {
  const { low } = rangeOf(field);
  const [, , , height, width] = field.shape;
  return stored(
    field,
    Float64Array.from(field.pixels, (value, i) => {
      const [y, x] = [Math.floor(i / width) % height, i % width];
      return low + (value - low) * factor(y / height, x / width);
    }),
  );
}

/** Exposed for too long: what is brighter than a share of the range is all the same. */
function saturated(field: Field, share: number): ReturnType<Change> {
  return each(field, (value, span, low) => Math.min(value, low + share * span));
}

function gamma(field: Field, power: number): ReturnType<Change> {
  return each(field, (value, span, low) => low + span * Math.max(0, (value - low) / span) ** power);
}

/** A tenth of the signal, with the noise that the image had. */
function bleached(field: Field, random: Random): ReturnType<Change> {
  const noise = noiseOf(field);
  const smooth = blurredValues(field, 1);
  const { low } = rangeOf(field);
  return stored(
    field,
    Float64Array.from(smooth, (value) => low + 0.1 * (value - low) + noise * random.normal()),
  );
}

/** No sample: what the camera gives of the dark level. */
function empty(field: Field, random: Random): ReturnType<Change> {
  const noise = noiseOf(field);
  const { low } = rangeOf(field);
  const values = Float64Array.from(field.pixels, () => low + 4 * noise + noise * random.normal());
  return stored(field, values, { shape: field.shape, truth: new Uint8Array(field.truth.length) });
}

/** Something that fills the cells evenly and has no edges. */
function diffuse(field: Field, random: Random): ReturnType<Change> {
  const noise = noiseOf(field);
  return stored(
    field,
    blurredValues(field, 10).map((value) => value + noise * random.normal()),
  );
}

/** Edges, bright on one side and dark on the other, on a grey ground. */
function relief(field: Field, random: Random): ReturnType<Change> {
  const { low, high } = rangeOf(field);
  const noise = noiseOf(field);
  const smooth = blurredValues(field, 1);
  const width = field.shape[4];
  const values = Float64Array.from(smooth, (value, i) => {
    const before = i % width < 2 ? value : smooth[i - 2];
    return (low + high) / 2 + (value - before) + noise * random.normal();
  });
  return stored(field, values);
}

/** Standard deviation of the noise, by the median of what is left of neighbours' mean; at least that of whole counts. */
function noiseOf({ pixels, shape }: Field): number {
  const width = shape[4];
  const rests: number[] = [];
  for (let i = 1; i + 1 < pixels.length; i += 7) {
    if (i % width === 0 || i % width === width - 1) continue;
    rests.push(Math.abs(pixels[i] - (pixels[i - 1] + pixels[i + 1]) / 2));
  }
  rests.sort((a, b) => a - b);
  return Math.max(0.5, rests[rests.length >> 1] / 0.6745 / Math.sqrt(1.5));
}

/** As another magnification gives it. */
function resized(field: Field, by: number): ReturnType<Change> {
  const [, , depth, height, width] = field.shape;
  const [rows, columns] = [Math.round(height * by), Math.round(width * by)];
  const shape: Shape5 = [1, 1, depth, rows, columns];
  const [y, x] = [resampleAxis(height, rows, 0, rows), resampleAxis(width, columns, 0, columns)];
  const values = new Float64Array(depth * rows * columns);
  const truth = new Uint8Array(values.length);
  const plane = new Float32Array(rows * columns);
  for (let z = 0; z < depth; z++) {
    const from = Float64Array.from(field.pixels.subarray(z * height * width, (z + 1) * height * width));
    resamplePlane(from, y, x, plane);
    values.set(plane, z * plane.length);
    for (let i = 0; i < plane.length; i++) {
      const [v, u] = [Math.floor((Math.floor(i / columns) + 0.5) / by), Math.floor(((i % columns) + 0.5) / by)];
      truth[z * plane.length + i] =
        field.truth[(z * height + Math.min(v, height - 1)) * width + Math.min(u, width - 1)];
    }
  }
  return stored(field, values, { shape, truth });
}
