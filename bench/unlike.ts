import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Random } from '../src/base/random';
import { openImage } from '../src/formats';
import { allocate, type DType, type PixelArray } from '../src/image/dtype';
import { applyNormalisation, DEFAULT_RULE, streamNormalisation } from '../src/image/normalisation';
import type { Zyx } from '../src/image/region';
import { resampleAxis, resamplePlane } from '../src/image/resample';
import { measureAppearance, type TrainingAppearance } from '../src/trust/appearance';
import { trainingLooks, unlikeness } from '../src/trust/looks';
import { report } from './support/measure';

/** The compiled file lies in dist/bench. */
const DATA = path.resolve(__dirname, '../../../shared/data/real');
const SETS = ['nuclei2d-bbbc039', 'sem2d-axons', 'nuclei3d-ovule', 'nuclei3d-embryo'];

interface Picture {
  pixels: Float64Array;
  shape: Zyx;
  dtype: DType;
  /** percentiles 0.1 and 99.9 */
  low: number;
  high: number;
}

/** What an image is changed to, as another microscope or a mistake would. */
const CHANGES: Readonly<Record<string, (picture: Picture, random: Random) => Pick<Picture, 'pixels' | 'shape'>>> = {
  'blurred by 1.5 pixels': (picture) => blurred(picture, 1.5),
  'blurred by 2 pixels': (picture) => blurred(picture, 2),
  'noise of 10 % of the range': (picture, random) => each(picture, (v, span) => v + 0.1 * span * random.normal()),
  'noise of 20 % of the range': (picture, random) => each(picture, (v, span) => v + 0.2 * span * random.normal()),
  'gamma 0.4': (picture) => gamma(picture, 0.4),
  'gamma 0.5': (picture) => gamma(picture, 0.5),
  'gamma 2': (picture) => gamma(picture, 2),
  'gamma 2.5': (picture) => gamma(picture, 2.5),
  'half as many pixels along an axis': (picture) => smaller(picture, 2),
  'a third of the pixels along an axis': (picture) => smaller(picture, 3),
  'saturated at 30 % of the range': (picture) => each(picture, (v, span) => Math.min(v, picture.low + 0.3 * span)),
  inverted: (picture) => each(picture, (v) => picture.high + picture.low - v),
  // Of these prediction is meant to see nothing: normalisation takes gain and offset out.
  'gain 0.5, offset': (picture) => each(picture, (v, span) => 0.5 * v + 0.1 * span),
};

/**
 * How often images that are unlike a training are told, and others are not: each image of `train/` against the rest of its
 * set, as it is and changed, and those of the other sets against it. `npm run -s bench -- unlike`.
 */
async function main(): Promise<void> {
  if (!existsSync(DATA)) throw new Error(`unlike: ${DATA} is not on this machine`);
  const sets = new Map<string, Record<string, TrainingAppearance>[]>();
  for (const set of SETS) {
    const folder = path.join(DATA, set, 'train', 'raw');
    const files: Record<string, TrainingAppearance>[] = [];
    for (const [i, name] of readdirSync(folder).sort().entries()) {
      files.push(await appearances(await read(path.join(folder, name)), new Random(7, i)));
    }
    sets.set(set, files);
  }
  for (const [set, files] of sets) {
    const begin = performance.now();
    const told = new Map<string, { unlike: number; of: number; distances: number[] }>();
    const tell = (kind: string, others: Record<string, TrainingAppearance>[], image: TrainingAppearance) => {
      const found = unlikeness(trainingLooks(others.map(({ plain }) => [plain])), image);
      const row = told.get(kind) ?? { unlike: 0, of: 0, distances: [] };
      if (found && (found.isUnlike || found.amount)) row.unlike++;
      row.of++;
      row.distances.push(Number((found?.distance ?? 0).toFixed(2)));
      told.set(kind, row);
    };
    files.forEach((file, i) => {
      const others = files.length > 1 ? files.toSpliced(i, 1) : files;
      for (const [kind, image] of Object.entries(file))
        if (kind !== 'plain' || files.length > 1) tell(kind, others, image);
      for (const [name, strange] of sets) {
        if (name !== set) for (const { plain } of strange) tell(`image of ${name}`, others, plain);
      }
    });
    const seconds = (performance.now() - begin) / 1000;
    const { limit } = trainingLooks(files.map(({ plain }) => [plain]));
    for (const [kind, { unlike, of, distances }] of told) {
      const sorted = distances.sort((a, b) => a - b);
      const middle = sorted[sorted.length >> 1];
      report('unlike', { seconds }, { set, training: files.length, limit, kind, unlike, of, least: sorted[0], middle });
    }
  }
}

async function read(file: string): Promise<Picture> {
  const source = await openImage(file);
  try {
    const [t, , z, y, x] = source.info.levels[0];
    const stored = await source.read({ start: [0, 0, 0, 0, 0], size: [t, 1, z, y, x] });
    const pixels = Float64Array.from(stored);
    const sorted = pixels.slice().sort();
    const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))];
    return { pixels, shape: [z, y, x], dtype: source.info.dtype, low: at(0.001), high: at(0.999) };
  } finally {
    await source.close();
  }
}

async function appearances(picture: Picture, random: Random): Promise<Record<string, TrainingAppearance>> {
  const found: Record<string, TrainingAppearance> = { plain: await appearanceOf(picture, picture.dtype) };
  for (const [kind, change] of Object.entries(CHANGES))
    found[kind] = await appearanceOf(change(picture, random), picture.dtype);
  return found;
}

/** As prediction sees it: stored in its type, and normalised. */
async function appearanceOf(
  { pixels, shape }: Pick<Picture, 'pixels' | 'shape'>,
  dtype: DType,
): Promise<TrainingAppearance> {
  const most = dtype === 'uint8' ? 255 : 65535;
  const stored: PixelArray = allocate(dtype, pixels.length);
  pixels.forEach((value, i) => {
    stored[i] = Math.min(most, Math.max(0, Math.round(value)));
  });
  const chunks = async function* () {
    yield { pixels: stored };
  };
  const normalised = applyNormalisation(
    stored,
    await streamNormalisation(DEFAULT_RULE, dtype, stored.length, chunks, 'unlike'),
  );
  const [, height, width] = shape;
  const found = await measureAppearance({ shape, channels: 1 }, async ([z, y, x], [, rows, columns]) => {
    const window = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      const from = (z * height + y + row) * width + x;
      window.set(normalised.subarray(from, from + columns), row * columns);
    }
    return window;
  });
  if (!found) throw new Error('unlike: an image without windows');
  return found;
}

function each(picture: Picture, change: (value: number, span: number) => number): Pick<Picture, 'pixels' | 'shape'> {
  const span = picture.high - picture.low;
  return { shape: picture.shape, pixels: picture.pixels.map((value) => change(value, span)) };
}

function gamma(picture: Picture, power: number): Pick<Picture, 'pixels' | 'shape'> {
  return each(picture, (value, span) => picture.low + span * Math.max(0, (value - picture.low) / span) ** power);
}

/** Planes on fewer pixels, averaged as a smaller magnification does. */
function smaller({ pixels, shape: [depth, height, width] }: Picture, by: number): Pick<Picture, 'pixels' | 'shape'> {
  const shape: Zyx = [depth, Math.floor(height / by), Math.floor(width / by)];
  const plane = new Float32Array(shape[1] * shape[2]);
  const result = new Float64Array(depth * plane.length);
  const [y, x] = [resampleAxis(height, shape[1], 0, shape[1]), resampleAxis(width, shape[2], 0, shape[2])];
  for (let z = 0; z < depth; z++) {
    resamplePlane(pixels.subarray(z * height * width, (z + 1) * height * width), y, x, plane);
    result.set(plane, z * plane.length);
  }
  return { pixels: result, shape };
}

/** Out of focus, about: a Gaussian in each plane, mirrored at the edge. */
function blurred({ pixels, shape }: Picture, deviation: number): Pick<Picture, 'pixels' | 'shape'> {
  const [depth, height, width] = shape;
  const reach = Math.ceil(3 * deviation);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const inside = (at: number, size: number) => (at < 0 ? -at : at >= size ? 2 * size - 2 - at : at);
  const along = (from: Float64Array, place: (z: number, y: number, x: number, by: number) => number) => {
    const to = new Float64Array(from.length);
    for (let i = 0; i < to.length; i++) {
      const [z, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * from[place(z, y, x, k - reach)];
      to[i] = sum / all;
    }
    return to;
  };
  const index = (z: number, y: number, x: number) => (z * height + y) * width + x;
  const rows = along(pixels, (z, y, x, by) => index(z, y, inside(x + by, width)));
  return { shape: [depth, height, width], pixels: along(rows, (z, y, x, by) => index(z, inside(y + by, height), x)) };
}

void main();
