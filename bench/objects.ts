import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openDescription } from '../src/formats';
import type { ImageDescription } from '../src/image/description';
import type { PixelArray } from '../src/image/dtype';
import type { Zyx } from '../src/image/region';
import type { ThresholdSettings, TrainSettings } from '../src/jobs/job-types';
import type { ObjectOverlap } from '../src/metrics/object-matching';
import type { ModelCard } from '../src/models/card';
import { readCard } from '../src/models/read-card';
import { decode } from '../src/objects/decode';
import { DEFAULT_DECODING, type DecodingSettings } from '../src/objects/settings';
import { toPath } from '../src/storage/paths';
import { type Bench, withHost } from './support/host';
import { report } from './support/measure';
import { type ObjectImages, objectImages } from './support/object-images';
import { overlapOf, precisionsOf } from './support/object-precision';
import { withQuickPatches } from './support/quick-patches';

/** What is trained: the foreground alone, whose connected components are its objects, or objects told apart. */
const WAYS = ['off', 'on'] as const;

const COMPONENTS: ThresholdSettings = {
  ...{ method: 'model', value: 0.5, minSize: 20, fillHoles: false, label: true, connectivity: 'faces' },
  touching: 'together',
};

/**
 * Trains with the defaults and so many epochs, once for the foreground alone and once with objects told apart, and scores the
 * objects of other images: `npm run -s bench -- objects SET [EPOCHS] [SEED] [off|on|both] [SIZE]`. A SET is `2d` or `3d` of simulated nuclei
 * that touch, or the name of a folder of real images with `instances/`. With epochs nothing depends on a clock.
 */
async function main(): Promise<void> {
  const [set = '2d', epochs = '8', seed = '0', only = 'both', modelSize = 'medium'] = process.argv.slice(2);
  await withHost(async (bench) => {
    const images = await objectImages(bench, set);
    for (const objects of WAYS.filter((way) => only === 'both' || way === only)) {
      const asked = { set, objects, epochs: Number(epochs), seed: Number(seed) };
      await compare(bench, images, { ...asked, modelSize: modelSize as TrainSettings['modelSize'] });
    }
  });
}

type Asked = Pick<TrainSettings, 'epochs' | 'seed' | 'modelSize'> & { set: string; objects: (typeof WAYS)[number] };

async function compare(bench: Bench, { train, test }: ObjectImages, { set, ...asked }: Asked): Promise<void> {
  const settings: TrainSettings = {
    ...{ model: 'nuclei', dimensions: 'auto', levels: 'auto', batchSize: 2, learningRate: 0.001 },
    ...{ loss: 'dice+bce', validation: null, maxMinutes: null, patience: null, startFrom: null, augment: true },
    ...{ tiles: 'auto', ...asked },
  };
  const { host, compute } = bench;
  const { model, metrics } = await host.run('train', { samples: withQuickPatches(train), settings, compute });
  const card = await readCard(toPath(model.uri), [bench.folder]);
  const scores = await scoresOf(bench, test, card, `${model.name}@${model.version}`);
  const { steps, seconds, validationDice, objects } = metrics;
  const facts = { set, ...asked, steps, validationDice, outOfFold: objects ?? null, settings: card.objects ?? null };
  report('objects', { seconds }, { ...facts, ...scores, load: os.loadavg()[0] });
}

/** Of all test images together, as DSB2018 and StarDist have it. */
async function scoresOf({ host, compute, folder }: Bench, test: ObjectImages['test'], card: ModelCard, model: string) {
  const ways = ['components', 'withNothingSet', 'defaults', 'chosen', 'truthComponents'];
  const tallies: Record<string, ObjectOverlap[]> = Object.fromEntries(ways.map((way) => [way, []]));
  let dice = 0;
  for (const { id, raw, seg1 } of test) {
    const { probability } = await host.run('predict', { image: raw, model, overlap: 0.25, compute });
    const threshold = async (image: ImageDescription, settings: ThresholdSettings) =>
      host.run('threshold', { image, settings, model, raw: null, id });
    const { mask, labels } = await threshold(probability, COMPONENTS);
    const node = await threshold(probability, { ...COMPONENTS, touching: 'auto', minSize: null });
    dice += Number((await host.run('evaluate', { predicted: mask, truth: seg1, weight: null })).dice);
    const truth = await pixelsOf(seg1);
    const whole = await threshold(seg1, { ...COMPONENTS, method: 'value', value: 0.5, minSize: 0 });
    const [, , ...size] = raw.shape;
    const found: Record<string, PixelArray | null> = {
      components: labels ? await pixelsOf(labels) : null,
      withNothingSet: node.labels ? await pixelsOf(node.labels) : null,
      truthComponents: whole.labels ? await pixelsOf(whole.labels) : null,
      ...(card.objects ? await decodedOf(probability, size, card.objects) : {}),
    };
    for (const [name, pixels] of Object.entries(found)) {
      if (pixels) tallies[name].push(overlapOf(pixels, truth));
    }
    for (const image of [probability, mask, labels, node.mask, node.labels, whole.mask, whole.labels]) {
      if (image && path.resolve(toPath(image.uri)).startsWith(folder)) await rm(toPath(image.uri), { force: true });
    }
  }
  const scored = Object.entries(tallies).filter(([, images]) => images.length > 0);
  return {
    dice: rounded(dice / test.length),
    ...Object.fromEntries(scored.map(([name, images]) => [name, precisionsOf(images)])),
  };
}

async function decodedOf(probability: ImageDescription, size: Zyx, settings: DecodingSettings) {
  const maps = Float32Array.from(await pixelsOf(probability), (value) => value * (probability.scale ?? 1));
  const { z, y } = probability.pixelSize ?? { z: null, y: 1 };
  const spacing: Zyx = [z === null ? 1 : z / y, 1, 1];
  const voxels = maps.length / 3;
  const map = (channel: number) => maps.slice(channel * voxels, (channel + 1) * voxels);
  const objects = (by: DecodingSettings) =>
    Int32Array.from(decode({ foreground: map(0), boundary: map(1), centre: map(2) }, size, spacing, by).labels);
  return { defaults: objects({ ...DEFAULT_DECODING, foreground: settings.foreground }), chosen: objects(settings) };
}

async function pixelsOf(image: ImageDescription): Promise<PixelArray> {
  const reader = await openDescription(image);
  try {
    return await reader.read({ start: [0, 0, 0, 0, 0], size: reader.shape });
  } finally {
    await reader.close();
  }
}

function rounded(value: number): number {
  return Number(value.toFixed(4));
}

void main();
