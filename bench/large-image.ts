import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describeImage } from '../src/formats';
import { planTiles } from '../src/inference/tiles';
import { divisor, MODEL_SIZES, type NetworkSpec } from '../src/network';
import { withHost } from './support/host';
import { firstRows, writeNucleiTiles } from './support/nuclei-tiles';
import { publishStandIn } from './support/stand-ins';
import { step, thresholdEvaluateSave } from './support/steps';

/** `-- large-image SIDE ROWS`: side of the image, and how many of its rows are predicted. */
const [SIDE, ROWS] = [Number(process.argv[2] ?? 100_000), Number(process.argv[3] ?? 2750)];
const SPEC: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [...MODEL_SIZES.small] };
const PATCH = { z: null, y: 256, x: 256 };
const OVERLAP = 0.25;

/**
 * A uint16 plane of 100,000 x 100,000 pixels in sparse tiles through predict (some rows of tiles of full width, the time of
 * all extrapolated), threshold with labels, evaluate, save-image and exclude-regions, in the processes that the nodes use.
 */
async function main(): Promise<void> {
  await withHost(async (bench) => {
    const { host, folder, modelsFolder, compute } = bench;
    const [rawFile, maskFile] = ['slide.ome.tiff', 'truth.ome.tiff'].map((name) => path.join(folder, name));
    // In a process of its own, for this one's memory counts.
    await step(
      'large-image: write',
      () => inChild([rawFile, maskFile, String(SIDE)]),
      () => ({ side: SIDE }),
    );
    await publishStandIn(modelsFolder, SPEC, PATCH);
    const raw = await describeImage(rawFile, { id: 'slide' });
    const truth = await describeImage(maskFile, { id: 'truth' });

    const image = await firstRows(rawFile, 'slide', Math.min(ROWS, SIDE));
    const geometry = { dimensions: 2 as const, patch: PATCH, divisor: divisor(SPEC) };
    const rowsOfTiles = (height: number) => planTiles(geometry, [1, height, SIDE], OVERLAP).y.starts.length;
    await step(
      'large-image: predict',
      () => host.run('predict', { image, model: 'bench', overlap: OVERLAP, compute }),
      ({ metrics, probability }, seconds) => ({
        shape: image.shape,
        stored: probability.dtype,
        tiles: metrics.tiles,
        rowsOfTiles: rowsOfTiles(image.shape[3]),
        hoursForAll: Number(((seconds / rowsOfTiles(image.shape[3])) * rowsOfTiles(SIDE)) / 3600).toPrecision(3),
      }),
    );
    await thresholdEvaluateSave('large-image', bench, { image: raw, raw, truth });
  });
}

async function inChild(files: string[]): Promise<void> {
  const [code] = await once(fork(__filename, ['write', ...files]), 'exit');
  if (code !== 0) throw new Error(`writing ${files} ended with ${code}`);
}

if (process.argv[2] === 'write') void writeNucleiTiles(process.argv[3], process.argv[4], Number(process.argv[5]));
else void main();
