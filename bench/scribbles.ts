import path from 'node:path';
import { createImageWriter, describeImage } from '../src/formats';
import type { ImageDescription } from '../src/image/description';
import { dtypeOf, type PixelArray } from '../src/image/dtype';
import type { Shape5 } from '../src/image/region';
import type { TrainSettings } from '../src/jobs/job-types';
import type { Sample } from '../src/samples/sample';
import { NUCLEI_2D, simulateSample } from '../src/simulation/sample-sets';
import { type Bench, withHost } from './support/host';
import { report } from './support/measure';
import { SCRIBBLE, scribble } from './support/scribbles';

/** Of the pixels that somebody said something of; 1: whole masks. */
const SHARES = [1, 0.1, 0.02];
const IMAGES = { train: 8, test: 8 };
/** What scribbles shall reach of the Dice that whole masks reach. */
const WANTED = 0.92;

/**
 * How far scribbles come: a small model learns from whole masks of simulated nuclei, and from scribbles in these that say
 * something of 10 and 2 % of the pixels; mean Dice, by whole masks, on images that nobody trained with.
 * `-- scribbles [SEED] [EPOCHS]`
 */
async function main(): Promise<void> {
  const [seed = '0', epochs = '20'] = process.argv.slice(2);
  await withHost(async (bench) => {
    const tests = await samplesOf(bench, 'test', IMAGES.train, IMAGES.test, 1, 0);
    let dense = Number.NaN;
    for (const share of SHARES) {
      const begin = performance.now();
      const samples = await samplesOf(bench, `train-${share}`, 0, IMAGES.train, share, Number(seed));
      const { model, validation, known } = await train(bench, samples, Number(seed), Number(epochs));
      const dice = await judge(bench, tests, model);
      if (share === 1) dense = dice;
      const seconds = (performance.now() - begin) / 1000;
      const ofDense = dice / dense;
      report(
        'scribbles',
        { seconds },
        { seed, epochs, share, known, dice, validation, ofDense, holds: ofDense >= WANTED },
      );
    }
  });
}

type Images = Array<Sample & { known: number }>;

/** Simulated images, with whole masks as target, or scribbles as seg1. */
async function samplesOf(
  bench: Bench,
  name: string,
  first: number,
  images: number,
  share: number,
  seed: number,
): Promise<Images> {
  const samples: Images = [];
  for (let i = 0; i < images; i++) {
    const id = `${name}-${i}`;
    const { shape, raw, labels } = simulateSample(NUCLEI_2D, first + i);
    const image = await write(bench, `${id}-raw`, shape, raw);
    const patches: Sample['patches'] = {
      ...{ sizeZ: null, sizeY: 128, sizeX: 128, perImage: 8, sampling: 'balanced', overlap: 0, seed: 0 },
    };
    if (share === 1) {
      const target = await write(
        bench,
        `${id}-target`,
        shape,
        Uint8Array.from(labels, (label) => (label > 0 ? 255 : 0)),
      );
      samples.push({ id, raw: image, target, patches, known: 1 });
      continue;
    }
    const painted = scribble(labels, shape[4], share, 1000 * seed + i);
    const known = painted.reduce((sum, value) => sum + (value === SCRIBBLE.unknown ? 0 : 1), 0) / painted.length;
    const seg1: ImageDescription = {
      ...(await write(bench, `${id}-scribbles`, shape, painted)),
      foreground: { kind: 'values', values: [SCRIBBLE.foreground] },
      unknown: { kind: 'values', values: [SCRIBBLE.unknown] },
    };
    samples.push({ id, raw: image, seg1, patches, known });
  }
  return samples;
}

async function write({ folder }: Bench, id: string, shape: Shape5, pixels: PixelArray): Promise<ImageDescription> {
  const file = path.join(folder, `${id}.ome.tiff`);
  const channels = [{ index: 0, name: 'nuclei' }];
  const info = { shape, dtype: dtypeOf(pixels), channels, pixelSize: null };
  const writer = await createImageWriter(file, info, 'ome-tiff');
  await writer.write(pixels);
  await writer.finish();
  return describeImage(file, { id });
}

async function train(bench: Bench, images: Images, seed: number, epochs: number) {
  const settings: TrainSettings = {
    ...{ model: 'scribbles', dimensions: 2, modelSize: 'small', epochs, batchSize: 2, learningRate: 0.003 },
    ...{ loss: 'dice+bce', validation: 0.25, maxMinutes: null, patience: null, startFrom: null, augment: true },
    ...{ tiles: 'patch', seed },
  };
  const samples = images.map(({ known: _, ...sample }): Sample => sample);
  const { model, metrics } = await bench.host.run('train', { samples, settings, compute: bench.compute });
  const known = images.reduce((sum, image) => sum + image.known, 0) / images.length;
  return { model: `${model.name}@${model.version}`, validation: metrics.validationDice, known };
}

/** Mean Dice at the threshold in the model's card. */
async function judge({ host, compute }: Bench, samples: readonly Sample[], model: string): Promise<number> {
  let sum = 0;
  for (const { raw: image, id, target } of samples) {
    const { probability } = await host.run('predict', { image, model, overlap: 0.25, compute });
    const { mask } = await host.run('threshold', {
      image: probability,
      settings: { method: 'model', value: 0.5, minSize: 0, fillHoles: false, label: false, connectivity: 'faces' },
      model,
      raw: null,
      id,
    });
    const { dice } = await host.run('evaluate', { predicted: mask, truth: target as ImageDescription, weight: null });
    sum += Number(dice);
  }
  return sum / samples.length;
}

void main();
