import path from 'node:path';
import { Random } from '../src/base/random';
import type { Shape5 } from '../src/image/region';
import type { NetworkSpec } from '../src/network';
import { withHost } from './support/host';
import { publishStandIn, writePlanes } from './support/stand-ins';
import { step, thresholdEvaluateSave } from './support/steps';

/** `-- large-stack PLANES` */
const PLANES = Number(process.argv[2] ?? 2000);
const SHAPE: Shape5 = [1, 1, PLANES, 512, 512];
/** Feature maps are few, so that the run ends. */
const SPEC: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [4, 8, 16] };
/** Nuclei are spheres on a grid. */
const [GRID, RADIUS] = [32, 11];

/** A uint16 stack of 2000 x 512 x 512 through predict (a tiny 2D network), threshold with labels, evaluate and save-image. */
async function main(): Promise<void> {
  await withHost(async (bench) => {
    const { host, folder, modelsFolder, compute } = bench;
    await publishStandIn(modelsFolder, SPEC, { z: null, y: 256, x: 256 });
    const inside = (z: number, i: number) => {
      const [y, x] = [Math.floor(i / SHAPE[4]), i % SHAPE[4]];
      return Math.hypot((z % GRID) - 16, (y % GRID) - 16, (x % GRID) - 16) < RADIUS;
    };
    const random = new Random(1);
    const raw = await writePlanes(path.join(folder, 'stack.ome.tiff'), SHAPE, (plane, z) => {
      for (let i = 0; i < plane.length; i++) plane[i] = (inside(z, i) ? 1500 : 200) + random.integer(100);
    });
    const truth = await writePlanes(path.join(folder, 'truth.ome.tiff'), SHAPE, (plane, z) => {
      for (let i = 0; i < plane.length; i++) plane[i] = inside(z, i) ? 255 : 0;
    });
    await step(
      'large-stack: predict',
      () => host.run('predict', { image: raw, model: 'bench', overlap: 0.25, compute }),
      ({ metrics, probability }) => ({ shape: SHAPE, stored: probability.dtype, tiles: metrics.tiles }),
    );
    await thresholdEvaluateSave('large-stack', bench, { image: raw, raw, truth });
  });
}

void main();
