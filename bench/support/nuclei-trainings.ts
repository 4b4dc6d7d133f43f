import path from 'node:path';
import { createImageWriter, describeImage } from '../../src/formats';
import type { ImageDescription } from '../../src/image/description';
import { dtypeOf, type PixelArray } from '../../src/image/dtype';
import type { Shape5 } from '../../src/image/region';
import type { TrainSettings } from '../../src/jobs/job-types';
import type { Sample } from '../../src/samples/sample';
import { type SampleSet, simulateSample } from '../../src/simulation/sample-sets';
import type { Bench } from './host';

/** Patches of all samples here. */
export const PATCHES: Sample['patches'] = {
  ...{ sizeZ: null, sizeY: 128, sizeX: 128, perImage: 8, sampling: 'balanced', overlap: 0, seed: 0 },
};

/** Writes an image of one channel into a folder. */
export async function writeImage(
  { folder }: Pick<Bench, 'folder'>,
  id: string,
  shape: Shape5,
  pixels: PixelArray,
): Promise<ImageDescription> {
  const file = path.join(folder, `${id}.ome.tiff`);
  const channels = [{ index: 0, name: 'nuclei' }];
  const info = { shape, dtype: dtypeOf(pixels), channels, pixelSize: null };
  const writer = await createImageWriter(file, info, 'ome-tiff');
  await writer.write(pixels);
  await writer.finish();
  return describeImage(file, { id });
}

/** Images of a set from a number on, with their whole masks as target. */
export async function simulatedSamples(
  bench: Bench,
  set: SampleSet,
  name: string,
  first: number,
  images: number,
): Promise<Array<Sample & { target: ImageDescription }>> {
  const samples: Array<Sample & { target: ImageDescription }> = [];
  for (let i = 0; i < images; i++) {
    const id = `${name}-${i}`;
    const { shape, raw, labels } = simulateSample(set, first + i);
    const mask = Uint8Array.from(labels, (label) => (label > 0 ? 255 : 0));
    const [image, target] = [
      await writeImage(bench, `${id}-raw`, shape, raw),
      await writeImage(bench, `${id}-mask`, shape, mask),
    ];
    samples.push({ id, raw: image, target, patches: PATCHES });
  }
  return samples;
}

/** Trains a small network. @returns its address, and what train says of it */
export async function trainSmall(
  bench: Bench,
  samples: Sample[],
  more: Pick<TrainSettings, 'model' | 'epochs' | 'seed'> & Partial<TrainSettings>,
) {
  const settings: TrainSettings = {
    ...{
      dimensions: 2,
      modelSize: 'small',
      levels: 3,
      batchSize: 2,
      learningRate: 0.003,
      loss: 'dice+bce',
      validation: 0.25,
    },
    ...{ maxMinutes: null, patience: null, startFrom: null, augment: true, tiles: 'patch' },
    ...more,
  };
  const { model, metrics } = await bench.host.run('train', { samples, settings, compute: bench.compute });
  return { model: `${model.name}@${model.version}`, metrics };
}

/** Mean Dice by whole masks, at the threshold in the model's card. */
export async function meanDice(
  { host, compute }: Bench,
  samples: ReadonlyArray<Sample & { target: ImageDescription }>,
  model: string,
): Promise<number> {
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
    sum += Number((await host.run('evaluate', { predicted: mask, truth: target, weight: null })).dice);
  }
  return sum / samples.length;
}
