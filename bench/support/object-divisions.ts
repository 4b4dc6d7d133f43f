import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { PixelSize } from '../../src/image/description';
import type { PixelArray } from '../../src/image/dtype';
import type { Shape5 } from '../../src/image/region';
import { simulateSample } from '../../src/simulation/sample-sets';
import { CROWDED } from './object-images';
import { REAL, readReal } from './rare-real';

/** An image with every object numbered. */
export interface NumberedScene {
  id: string;
  shape: Shape5;
  raw: PixelArray;
  /** 0 outside, [z, y, x] */
  numbers: Uint16Array<ArrayBuffer>;
  pixelSize: PixelSize | null;
}

/** Images to train on, and others to judge by. */
export interface ObjectDivision {
  train: NumberedScene[];
  judge: NumberedScene[];
}

/** Simulated images from this number on are neither in a training of `objects` nor in its test. */
const OTHERS = 100;

/** Ways to divide images of `train/` whose objects are numbered, and simulated ones. Choices are made by these. */
export const OBJECT_DIVISIONS: Readonly<Record<string, () => Promise<ObjectDivision>>> = {
  bbbc039: () => byFile('nuclei2d-bbbc039', (i) => i % 2 === 1),
  'bbbc039-turned': () => byFile('nuclei2d-bbbc039', (i) => i % 2 === 0),
  '2d': async () => simulated('2d', 12),
  '3d': async () => simulated('3d', 3),
  ovules: byDepth,
};

function simulated(name: string, judged: number): ObjectDivision {
  const set = CROWDED[name];
  const sceneOf = (number: number): NumberedScene => {
    const { shape, raw, labels } = simulateSample(set, number);
    return { id: `${set.name}-${number}`, shape, raw, numbers: labels, pixelSize: set.pixelSize };
  };
  const scenes = (first: number, images: number) => Array.from({ length: images }, (_, i) => sceneOf(first + i));
  return { train: scenes(0, set.images.train), judge: scenes(OTHERS, judged) };
}

async function byFile(set: string, isJudged: (i: number) => boolean): Promise<ObjectDivision> {
  const division: ObjectDivision = { train: [], judge: [] };
  for (const [i, file] of readdirSync(path.join(REAL, set, 'train', 'raw'))
    .sort()
    .entries()) {
    division[isJudged(i) ? 'judge' : 'train'].push(await sceneOf(set, file, [0, 1]));
  }
  return division;
}

/** Both ovules, their upper planes to train on, the deeper ones to judge by. */
async function byDepth(): Promise<ObjectDivision> {
  const files = readdirSync(path.join(REAL, 'nuclei3d-ovule', 'train', 'raw')).sort();
  const parts = (z: [number, number]) => Promise.all(files.map((file) => sceneOf('nuclei3d-ovule', file, z)));
  return { train: await parts([0, 0.6]), judge: await parts([0.65, 1]) };
}

/** @param z the planes that are taken, as shares of all */
async function sceneOf(set: string, file: string, [from, to]: [number, number]): Promise<NumberedScene> {
  const [raw, truth] = await Promise.all(
    ['raw', 'instances'].map((role) => readReal(path.join(REAL, set, 'train', role, file))),
  );
  const [, , depth, height, width] = raw.shape;
  const [z0, z1] = [Math.round(from * depth), Math.round(to * depth)];
  const cut = (pixels: PixelArray) => pixels.slice(z0 * height * width, z1 * height * width);
  return {
    id: path.parse(file).name,
    shape: [1, 1, z1 - z0, height, width],
    raw: cut(raw.pixels),
    numbers: Uint16Array.from(cut(truth.pixels)),
    pixelSize: raw.pixelSize,
  };
}
