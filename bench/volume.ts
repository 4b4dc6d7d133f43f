import path from 'node:path';
import { openEngine } from '../src/engines';
import type { ImageDescription } from '../src/image/description';
import type { Shape5 } from '../src/image/region';
import { MODEL_SIZES, type NetworkSpec } from '../src/network';
import { type Bench, withHost } from './support/host';
import { engineOptions, measure, placeOf, report } from './support/measure';
import { watchMemory } from './support/memory';
import { publishStandIn, writeVolume } from './support/stand-ins';

const SHAPE: Shape5 = [1, 1, 64, 512, 512];
const SMALL: Shape5 = [1, 1, 16, 128, 128];
const SPEC: NetworkSpec = { dimensions: 3, inChannels: 1, filters: [...MODEL_SIZES.medium] };

/** A uint16 OME-TIFF in, a probability OME-TIFF out, as the nodes predict and save-image do it. */
async function main(): Promise<void> {
  await withHost(async (bench) => {
    await publishStandIn(bench.modelsFolder, SPEC, { z: 32, y: 128, x: 128 });
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
  const { probability } = await host.run('predict', { image, model: 'bench', overlap: 0.25, compute });
  const settings = {
    folder,
    filename: null,
    format: 'ome-tiff' as const,
    existing: 'replace' as const,
    compression: 'deflate' as const,
    layout: 'auto' as const,
    png: false,
  };
  await host.run('save-image', { image: probability, role: 'probability', id: image.id, settings });
}

void main();
