import { throwIfCancelled } from '../../base/errors';
import { eventLoopTurn } from '../../base/long-work';
import type { Engine } from '../../engines/engine';
import type { Zyx } from '../../image/region';
import { momentCount, momentsOf, type NetworkSpec } from '../../network';
import { emptyPixels } from '../../patches/patch-pixels';
import { holdsOutBlocks } from '../data/split';
import type { TrainingImage } from '../data/training-image';
import type { Preparation } from '../prepare';

/** Of fewer files nothing tells how images differ: what holds for a part of one image need not for another. */
const FEWEST_FILES = 2;
/** Windows that moments are taken from, of all images together. */
const MOST_WINDOWS = 256;

/**
 * Whether what is held out can tell if moments of the training's images do for others: images of their own can, blocks of
 * these very images where there are several.
 */
export function canJudgeMoments({ split, samples }: Pick<Preparation, 'split' | 'samples'>): boolean {
  if (!holdsOutBlocks(split)) return split.kind !== 'none';
  const judged =
    split.kind === 'blocks' ? split.validation : split.train.filter((i) => samples[i].origin !== 'predicted');
  return new Set(judged.map((i) => samples[i].raw.uri)).size >= FEWEST_FILES;
}

/**
 * Measures the moments of a network's norms on the images of its training: of whole images, in windows of a patch side by
 * side, of large or many ones in some that are spread evenly. What the images hold on the average takes the place of
 * what each tile holds, so that a prediction does not depend on how full a tile is. A window counts as much as is
 * included of it.
 * @param images whole, with the blocks that are held out of them
 * @param size of a window, multiples of the network's divisor
 * @returns of `momentCount`; null where all windows are excluded
 * @throws CancelledError; SegmenterError `engine`
 */
export async function measureMoments(
  { spec, parameters }: { spec: NetworkSpec; parameters: Float32Array },
  images: readonly TrainingImage[],
  size: Readonly<Zyx>,
  engine: Engine,
  signal?: AbortSignal,
): Promise<Float32Array<ArrayBuffer> | null> {
  const session = await engine.createPrediction({ spec, parameters, gives: 'norm-sums' });
  const sums = new Float64Array(momentCount(spec));
  const voxels = size[0] * size[1] * size[2];
  const pixels = emptyPixels();
  let voxelsIncluded = 0;
  try {
    for (const image of images) {
      for (const start of windowsOf(image, size, mostWindows(images))) {
        await eventLoopTurn();
        throwIfCancelled(signal, 'the training');
        await image.read(start, size, pixels);
        const included = pixels.weight.subarray(0, voxels).reduce((sum, weight) => sum + weight, 0);
        if (included === 0) continue;
        const shape = [1, spec.inChannels, ...size.slice(3 - spec.dimensions)];
        const found = await session.predict(pixels.image.slice(0, spec.inChannels * voxels), shape);
        for (let i = 0; i < sums.length; i++) sums[i] += (included / voxels) * found[i];
        voxelsIncluded += included;
      }
    }
  } finally {
    await session.dispose();
  }
  return voxelsIncluded > 0 ? momentsOf(spec, sums, voxelsIncluded) : null;
}

/** Voxels that measuring moments predicts. */
export function momentVoxels(images: readonly TrainingImage[], size: Readonly<Zyx>): number {
  const windows = images.map((image) => windowsOf(image, size, mostWindows(images)).length);
  return windows.reduce((sum, n) => sum + n, 0) * size[0] * size[1] * size[2];
}

function mostWindows(images: readonly TrainingImage[]): number {
  return Math.max(1, Math.floor(MOST_WINDOWS / images.length));
}

/** Corners of windows side by side in an image, at most so many, spread evenly; of a small image its one. */
function windowsOf({ shape }: TrainingImage, size: Readonly<Zyx>, most: number): Zyx[] {
  const along = size.map((length, axis) => {
    const count = Math.max(1, Math.floor(shape[axis] / length));
    const first = Math.floor(Math.max(0, shape[axis] - count * length) / 2);
    return Array.from({ length: count }, (_, i) => first + i * length);
  });
  const corners = along[0].flatMap((z) => along[1].flatMap((y) => along[2].map((x): Zyx => [z, y, x])));
  const kept = Math.min(most, corners.length);
  return Array.from({ length: kept }, (_, i) => corners[Math.floor(((i + 0.5) * corners.length) / kept)]);
}
