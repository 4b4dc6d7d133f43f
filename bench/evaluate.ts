import path from 'node:path';
import { createImageWriter, describeImage } from '../src/formats';
import type { ImageDescription } from '../src/image/description';
import { dtypeOf, type PixelArray } from '../src/image/dtype';
import { count, type Shape5 } from '../src/image/region';
import { type Bench, withHost } from './support/host';
import { measure, report } from './support/measure';

const SHAPES: Shape5[] = [
  [1, 1, 64, 512, 512],
  [1, 1, 1, 4096, 4096],
];
/** Pixels from one object to the next, and of its radius. */
const [STEP, RADIUS] = [40, 10];

/** A mask of balls compared with the same ones 2 pixels away, through the job host: with and without a probability map. */
async function main(): Promise<void> {
  await withHost(async (bench) => {
    for (const shape of SHAPES) await measureImage(bench, shape);
  });
}

async function measureImage(bench: Bench, shape: Shape5): Promise<void> {
  const predicted = await write(bench, `mask-${shape[2]}`, shape, balls(shape, 0));
  const truth = await write(bench, `truth-${shape[2]}`, shape, balls(shape, 2));
  const probability = await write(
    bench,
    `map-${shape[2]}`,
    shape,
    Float32Array.from(balls(shape, 1), (v) => v / 300),
  );
  for (const map of [null, probability]) {
    const input = { predicted, truth, weight: null, probability: map };
    const timing = await measure(() => bench.host.run('evaluate', input), { warmUps: 1, runs: 5 });
    report(`evaluate: ${shape.slice(2).join(' x ')}${map ? ', with probabilities' : ''}`, timing, {});
  }
}

function balls(shape: Shape5, shift: number): Uint8Array<ArrayBuffer> {
  const [, , depth, height, width] = shape;
  const mask = new Uint8Array(count(shape));
  const along = (at: number) => (at % STEP) - STEP / 2;
  for (let z = 0, i = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        const far = along(y + shift) ** 2 + along(x + shift) ** 2 + (depth > 1 ? 4 * along(z) ** 2 : 0);
        if (far < RADIUS ** 2) mask[i] = 255;
      }
    }
  }
  return mask;
}

async function write(bench: Bench, name: string, shape: Shape5, pixels: PixelArray): Promise<ImageDescription> {
  const file = path.join(bench.folder, `${name}.ome.tiff`);
  const info = {
    shape,
    dtype: dtypeOf(pixels),
    channels: [{ index: 0, name: 'c0' }],
    pixelSize: { z: 1, y: 0.3, x: 0.3 },
  };
  const writer = await createImageWriter(file, info, 'ome-tiff');
  await writer.write(pixels);
  await writer.finish();
  return describeImage(file, { id: name });
}

void main();
