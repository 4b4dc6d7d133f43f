import path from 'node:path';
import sharp from 'sharp';
import { Random } from '../src/base/random';
import { createImageWriter, describeImage } from '../src/formats';
import type { ImageDescription } from '../src/image/description';
import { dtypeOf, type PixelArray } from '../src/image/dtype';
import type { Shape5 } from '../src/image/region';
import { gaussianBlur } from '../src/simulation/microscope';
import { NUCLEI_2D, simulateSample } from '../src/simulation/sample-sets';
import { withHost } from './support/host';
import { report } from './support/measure';

/** The compiled file lies in dist/bench. */
const FOLDER = path.resolve(__dirname, '../../docs/images');
const WANTED = [0.7, 0.8, 0.9];
const SIDE = 384;

/**
 * Draws what masks of a Dice of 0.7, 0.8 and 0.9 look like against the truth, into docs/images: simulated nuclei whose outlines
 * smooth noise has moved, the more the lower. `npm run -s bench -- dice-pictures`.
 */
async function main(): Promise<void> {
  const begin = performance.now();
  const { shape, raw, labels } = simulateSample(NUCLEI_2D, 3);
  const truth = Uint8Array.from(labels, (label) => (label > 0 ? 255 : 0));
  const masks = damagedMasks(truth, shape);
  const found: Record<string, number> = {};
  await withHost(async ({ host, folder }) => {
    const write = (name: string, pixels: PixelArray) => writeImage(path.join(folder, `${name}.tiff`), shape, pixels);
    const [image, target] = [await write('raw', raw), await write('truth', truth)];
    for (const wanted of WANTED) {
      const mask = masks(wanted);
      found[wanted] = diceOf(mask, truth);
      const view = { t: 0, z: 0, longest: SIDE, style: 'overlay' as const };
      const picture = { kind: 'mask' as const, image: await write(`mask-${wanted}`, mask) };
      const drawn = await host.run('overlay', { raw: image, found: picture, truth: target, weight: null, view });
      await sharp(drawn.path)
        .webp({ quality: 82, effort: 6, smartSubsample: true })
        .toFile(path.join(FOLDER, `dice-${wanted}.webp`));
    }
  });
  report('dice-pictures', { seconds: (performance.now() - begin) / 1000 }, { dice: found });
}

/** Gives a maker of masks of a Dice: the noise that takes so much away is found by halving. */
function damagedMasks(truth: Uint8Array, shape: Shape5): (dice: number) => Uint8Array<ArrayBuffer> {
  const smooth = Float32Array.from(truth, (value) => value / 255);
  gaussianBlur(smooth, shape, [0, 3, 3]);
  const random = new Random(5);
  const noise = Float32Array.from(truth, () => random.normal());
  gaussianBlur(noise, shape, [0, 6, 6]);
  const spread = Math.sqrt(noise.reduce((sum, value) => sum + value ** 2, 0) / noise.length);
  const damaged = (amount: number) =>
    Uint8Array.from(smooth, (value, i) => (value + (amount * noise[i]) / spread > 0.5 ? 255 : 0));
  return (dice) => {
    let [low, high] = [0, 2];
    for (let step = 0; step < 20; step++) {
      const middle = (low + high) / 2;
      if (diceOf(damaged(middle), truth) > dice) low = middle;
      else high = middle;
    }
    return damaged(low);
  };
}

function diceOf(mask: Uint8Array, truth: Uint8Array): number {
  const both = mask.reduce((sum, value, i) => sum + (value > 0 && truth[i] > 0 ? 1 : 0), 0);
  const each = [mask, truth].map((pixels) => pixels.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0));
  return (2 * both) / (each[0] + each[1]);
}

async function writeImage(file: string, shape: Shape5, pixels: PixelArray): Promise<ImageDescription> {
  const channels = [{ index: 0, name: 'c' }];
  const writer = await createImageWriter(file, { shape, dtype: dtypeOf(pixels), channels, pixelSize: null }, 'tiff');
  await writer.write(pixels);
  await writer.finish();
  return describeImage(file, { id: path.basename(file, '.tiff') });
}

void main();
