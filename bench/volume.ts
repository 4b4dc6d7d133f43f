import path from 'node:path';
import { Random } from '../src/base/random';
import { openEngine } from '../src/engines';
import { createImageWriter } from '../src/formats';
import { describeImage } from '../src/formats/describe-image';
import type { ImageDescription } from '../src/image/description';
import type { Shape5 } from '../src/image/region';
import { publishModel } from '../src/models';
import { buildPredictor, divisor, initialParameters, MODEL_SIZES, type NetworkSpec } from '../src/network';
import { type Bench, withHost } from './support/host';
import { engineOptions, measure, placeOf, report } from './support/measure';
import { watchMemory } from './support/memory';

const SHAPE: Shape5 = [1, 1, 64, 512, 512];
const SMALL: Shape5 = [1, 1, 16, 128, 128];
const SPEC: NetworkSpec = { dimensions: 3, inChannels: 1, filters: [...MODEL_SIZES.medium] };

/** A uint16 OME-TIFF in, a probability OME-TIFF out, as the nodes predict and save-image do it. */
async function main(): Promise<void> {
  await withHost(async (bench) => {
    await publish(bench);
    const small = await writeVolume(path.join(bench.folder, 'small.ome.tiff'), SMALL);
    const volume = await writeVolume(path.join(bench.folder, 'volume.ome.tiff'), SHAPE);
    await predictAndSave(bench, small);
    const memory = watchMemory();
    const runs = Number(process.env.RUNS ?? 1);
    const timing = await measure(() => predictAndSave(bench, volume), { warmUps: 0, runs });
    const peak = memory();
    const peakMemoryMB = peak === null ? null : Math.round(peak / 2 ** 20);
    report('volume', timing, {
      ...placeOf(await openEngine(engineOptions())),
      shape: SHAPE,
      model: 'medium',
      peakMemoryMB,
    });
  });
}

async function predictAndSave({ host, folder, compute }: Bench, image: ImageDescription): Promise<void> {
  const { probability } = await host.run('predict', { image, model: 'bench', overlap: 0.25, compute }, { compute });
  const settings = {
    folder,
    filename: null,
    format: 'ome-tiff' as const,
    existing: 'replace' as const,
    compression: 'deflate' as const,
    png: false,
  };
  await host.run('save-image', { image: probability, role: 'probability', id: image.id, settings });
}

/** A model with random weights; how long it takes does not depend on what they are. */
async function publish({ modelsFolder }: Bench): Promise<void> {
  const axes = 'NCZYX' as const;
  await publishModel(modelsFolder, {
    onnx: buildPredictor(SPEC, initialParameters(SPEC, 1)),
    metricsCsv: '',
    card: {
      name: 'bench',
      architecture: { type: 'residual-unet', filters: SPEC.filters },
      dimensions: 3,
      channels: [{ index: 0, name: 'nuclei' }],
      pixelSize: null,
      input: { name: 'input', axes },
      output: { name: 'probability', axes },
      normalisation: { method: 'percentile-zscore', low: 0.5, high: 99.5 },
      patch: { z: 32, y: 128, x: 128 },
      divisor: divisor(SPEC),
      threshold: 0.5,
      selection: {},
      recipe: {},
      metrics: {},
      data: [],
    },
  });
}

/** Camera noise on a slope, written plane by plane so that this process stays small. */
async function writeVolume(file: string, shape: Shape5): Promise<ImageDescription> {
  const channels = [{ index: 0, name: 'nuclei' }];
  const writer = await createImageWriter(file, { shape, dtype: 'uint16', channels, pixelSize: null }, 'ome-tiff');
  const random = new Random(1);
  const plane = new Uint16Array(shape[3] * shape[4]);
  for (let z = 0; z < shape[2]; z++) {
    for (let i = 0; i < plane.length; i++) plane[i] = 200 + (i % shape[4]) + random.integer(100);
    await writer.write(plane);
  }
  await writer.finish();
  return describeImage(file, { id: path.basename(file, '.ome.tiff') });
}

void main();
