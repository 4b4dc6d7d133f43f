import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { createImageWriter, describeImage, openDescription } from '../src/formats';
import type { ImageDescription } from '../src/image/description';
import { dtypeOf, type PixelArray } from '../src/image/dtype';
import type { TrainSettings } from '../src/jobs/job-types';
import type { Sample } from '../src/samples/sample';
import { NUCLEI_2D, type SampleSet, simulateSample } from '../src/simulation/sample-sets';
import { dice, FIELD, fieldOf, middleOf, type Picture } from './support/fullness-fields';
import { type Bench, withHost } from './support/host';
import { report } from './support/measure';

/** The compiled file lies in dist/bench. */
const REAL = path.resolve(__dirname, '../../../shared/data/real/nuclei2d-bbbc039');
const SHARES = [0.01, 0.05, 0.1, 0.25, 0.5];
/** Beside the same pixels in a field that is a quarter full. */
const USUAL = 0.25;
const THRESHOLD = 0.65;
const TRAIN = { images: 16, test: 8, side: 256 };

/**
 * Whether a model finds the same in the same pixels, however full the field around them is: small model, some epochs on
 * real nuclei (simulated ones where these are not on the machine), fields made of each test image with 1 to 50 % of
 * foreground. `-- fullness [SEED] [EPOCHS] [IMAGES]`, IMAGES being how many are trained on, spread evenly.
 */
async function main(): Promise<void> {
  const [seed = '0', epochs = '10', images] = process.argv.slice(2);
  const isReal = existsSync(REAL);
  if (!isReal) console.error(`fullness: ${REAL} is not on this machine; simulated nuclei instead`);
  await withHost(async (bench) => {
    const begin = performance.now();
    const all = isReal ? await realPictures('train') : simulated('train', 0, TRAIN.images);
    const training = spread(all, Number(images ?? all.length));
    const tests = isReal ? await realPictures('test') : simulated('test', TRAIN.images, TRAIN.test);
    const model = await train(bench, training, Number(seed), Number(epochs));
    const found = new Map<number, Uint8Array[]>();
    const rows = [];
    for (const share of [USUAL, ...SHARES.filter((one) => one !== USUAL)]) {
      const fields = tests.map((picture) => fieldOf(picture, share));
      const masks: Uint8Array[] = [];
      for (const field of fields) masks.push(middleOf(await predict(bench, field, model.name)));
      found.set(share, masks);
      const truth = masks.map((mask, i) => dice(mask, middleOf(fields[i].mask)));
      const same = masks.map((mask, i) => dice(mask, (found.get(USUAL) as Uint8Array[])[i]));
      rows.push({ share, reached: mean(fields.map((field) => field.share)), dice: mean(truth), ...worst(same) });
    }
    const seconds = (performance.now() - begin) / 1000;
    const data = isReal ? 'nuclei2d-bbbc039' : 'simulated';
    const settings = { seed: Number(seed), epochs: Number(epochs), images: training.length };
    for (const row of rows) report('fullness', { seconds }, { data, ...settings, norms: model.norms, ...row });
  });
}

/** So many of the pictures, evenly spread. @throws Error where there are fewer, or none is asked for */
function spread(pictures: readonly Picture[], count: number): Picture[] {
  if (!Number.isInteger(count) || count < 1 || count > pictures.length)
    throw new Error(`fullness: expected 1 to ${pictures.length} images, got ${count}`);
  return Array.from({ length: count }, (_, i) => pictures[Math.floor(((i + 0.5) * pictures.length) / count)]);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function worst(same: readonly number[]): { same: number; worst: number } {
  return { same: mean(same), worst: Math.min(...same) };
}

async function realPictures(split: string): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for (const file of readdirSync(path.join(REAL, split, 'raw')).sort()) {
    const [raw, mask] = await Promise.all(['raw', 'seg'].map((role) => pixelsOf(path.join(REAL, split, role, file))));
    const [height, width] = raw.shape.slice(3);
    const id = path.parse(file).name;
    pictures.push({ id, width, height, raw: Uint16Array.from(raw.pixels), mask: Uint8Array.from(mask.pixels) });
  }
  return pictures;
}

async function pixelsOf(file: string): Promise<{ shape: number[]; pixels: PixelArray }> {
  return pixelsOfImage(await describeImage(file, { id: path.basename(file) }));
}

async function pixelsOfImage(image: ImageDescription): Promise<{ shape: number[]; pixels: PixelArray }> {
  const reader = await openDescription(image);
  try {
    return { shape: image.shape, pixels: await reader.read({ start: [0, 0, 0, 0, 0], size: image.shape }) };
  } finally {
    await reader.close();
  }
}

function simulated(name: string, from: number, images: number): Picture[] {
  const { side } = TRAIN;
  const set: SampleSet = { ...NUCLEI_2D, nuclei: { ...NUCLEI_2D.nuclei, size: [1, side, side] } };
  return Array.from({ length: images }, (_, i) => {
    const { raw, labels } = simulateSample(set, from + i);
    const mask = Uint8Array.from(labels, (label) => (label > 0 ? 255 : 0));
    return { id: `${name}-${i}`, width: side, height: side, raw, mask };
  });
}

async function write({ folder }: Bench, id: string, side: [number, number], pixels: PixelArray) {
  const file = path.join(folder, `${id}.ome.tiff`);
  const channels = [{ index: 0, name: 'nuclei' }];
  const info = {
    shape: [1, 1, 1, ...side] as ImageDescription['shape'],
    dtype: dtypeOf(pixels),
    channels,
    pixelSize: null,
  };
  const writer = await createImageWriter(file, info, 'ome-tiff');
  await writer.write(pixels);
  await writer.finish();
  return describeImage(file, { id });
}

/** @returns the name of the model, and where the moments of its norms come from */
async function train(
  bench: Bench,
  pictures: readonly Picture[],
  seed: number,
  epochs: number,
): Promise<{ name: string; norms: unknown }> {
  const samples: Sample[] = [];
  for (const { id, height, width, raw, mask } of pictures) {
    samples.push({
      id,
      raw: await write(bench, `${id}-raw`, [height, width], raw),
      target: await write(bench, `${id}-target`, [height, width], mask),
      patches: { sizeZ: null, sizeY: 256, sizeX: 256, perImage: 8, sampling: 'balanced', overlap: 0, seed: 0 },
    });
  }
  const settings: TrainSettings = {
    ...{ model: 'fullness', dimensions: 2, modelSize: 'small', levels: 3, epochs, batchSize: 2, learningRate: 0.003 },
    ...{ loss: 'dice+bce', validation: 0.2, maxMinutes: null, patience: null, startFrom: null, augment: true },
    ...{ tiles: 'patch', seed },
  };
  const { model, metrics } = await bench.host.run('train', { samples, settings, compute: bench.compute });
  return { name: `${model.name}@${model.version}`, norms: metrics.norms };
}

/** @returns 1 where the model finds something, C order over the field */
async function predict(bench: Bench, field: Picture, model: string): Promise<Uint8Array> {
  const image = await write(bench, `field-${field.id}`, [FIELD, FIELD], field.raw);
  const { compute } = bench;
  const { probability } = await bench.host.run('predict', { image, model, overlap: 0.25, compute });
  const { pixels } = await pixelsOfImage(probability);
  return Uint8Array.from(pixels, (value) => (value > THRESHOLD ? 1 : 0));
}

void main();
