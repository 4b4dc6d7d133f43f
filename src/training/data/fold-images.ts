import { product } from '../../base/numbers';
import type { Zyx } from '../../image/region';
import type { Box } from '../../patches/patch-pixels';
import { patchSize } from '../../patches/plan';
import { unflatten } from '../../patches/sampling-index';
import type { Preparation } from '../prepare';
import { type HeldOutBlock, heldOutBlocks, isInBox } from './held-out-block';
import type { RareForeground } from './rare-foreground';
import type { TrainingImage } from './training-image';

/** An image, or a part of one, that a training is judged by. */
export interface ValidationItem {
  id: string;
  /** normalised as in prediction; weight 0 outside of what is judged */
  image: TrainingImage;
  /** what is predicted */
  predicted: Box;
}

/** An image that is held out of a training on others. */
export interface HeldOutItem extends ValidationItem {
  /** what it was taken together with: images of one group tell nothing of each other's kind */
  group: string;
}

/** A part of the images that is held out of a training on the rest, to be predicted by what comes of it. */
export interface Fold {
  /** learned from */
  images: TrainingImage[];
  heldOut: HeldOutItem[];
  /** of what is learned from; null: foreground is not rare */
  rare: RareForeground | null;
}

/** An image of a training, and the sample that it is of. */
export interface LoadedSample {
  image: TrainingImage;
  sample: number;
}

/** Share of an image that a block at its end, and one at its start, is held out as where there is one file. */
const BLOCK = 0.25;

/** The folds of a training by its split; none where it is judged otherwise, or no image is large enough for blocks. */
export async function foldImages(preparation: Preparation, loaded: readonly LoadedSample[]): Promise<Fold[]> {
  const { split, samples } = preparation;
  if (split.kind === 'block-folds') return blockFolds(preparation, loaded);
  const folds: Fold[] = [];
  for (const held of split.folds?.groups ?? []) {
    const heldOut: HeldOutItem[] = [];
    for (const { image, sample } of loaded) {
      const group = held.findIndex((indices) => indices.includes(sample));
      if (group < 0) continue;
      const whole: Box = { start: [0, 0, 0], end: [...image.shape] };
      heldOut.push({
        id: image.id,
        group: groupName(samples, held[group]),
        image: await image.unmasked(),
        predicted: whole,
      });
    }
    // What a model labelled of a file that is held out is held out with it.
    const files = new Set(held.flat().map((i) => samples[i].raw.uri));
    const isHeld = (sample: number) => files.has(samples[sample].raw.uri);
    folds.push({
      images: loaded.filter(({ sample }) => !isHeld(sample)).map(({ image }) => image),
      heldOut,
      rare: null,
    });
  }
  return folds;
}

function groupName(samples: Preparation['samples'], indices: readonly number[]): string {
  return samples[indices[0]].raw.uri;
}

/** Two folds: the blocks at the end of the images, and those at their start. Where one side tells nothing, the other. */
async function blockFolds(preparation: Preparation, loaded: readonly LoadedSample[]): Promise<Fold[]> {
  const blocks = loaded.map(({ image }) =>
    image.isPredicted ? [] : oppositeBlocks(image, blocksOf(image, preparation, BLOCK)),
  );
  const folds: Fold[] = [];
  for (const side of [0, 1]) {
    const fold: Fold = { images: [], heldOut: [], rare: null };
    for (const [i, { image, sample }] of loaded.entries()) {
      const block = blocks[i][side];
      fold.images.push(block ? await image.restricted(block.trainable) : image);
      const group = preparation.samples[sample].raw.uri;
      if (block) fold.heldOut.push({ ...(await judgedBlock(image, block)), group });
    }
    if (fold.heldOut.length > 0) folds.push(fold);
  }
  return folds;
}

/** Both ends of the first axis that leaves foreground on both sides of either; else the one block that does. */
function oppositeBlocks(image: TrainingImage, blocks: readonly HeldOutBlock[]): HeldOutBlock[] {
  const isGood = (block: HeldOutBlock) => hasBothForeground(image, block);
  for (let i = 0; i + 1 < blocks.length; i += 2) {
    if (isGood(blocks[i]) && isGood(blocks[i + 1])) return [blocks[i], blocks[i + 1]];
  }
  return blocks.filter(isGood).slice(0, 1);
}

/** The divisions of an image, see {@link heldOutBlocks}. */
export function blocksOf(
  { shape }: TrainingImage,
  { plan, spec }: Pick<Preparation, 'plan' | 'spec'>,
  fraction: number,
): HeldOutBlock[] {
  return heldOutBlocks(shape, patchSize(plan), spec.dimensions, fraction);
}

/** Whether there is foreground in what is learned from and in what is judged. */
export function hasBothForeground({ index, shape }: TrainingImage, { trainable, scored }: HeldOutBlock): boolean {
  const hasForeground = (box: Box) => index.foreground.some((flat) => isInBox(box, unflatten(flat, shape)));
  return hasForeground(trainable) && hasForeground(scored);
}

/** A block of an image to be judged by. */
export async function judgedBlock(image: TrainingImage, { scored, predicted }: HeldOutBlock): Promise<ValidationItem> {
  return { id: image.id, image: await (await image.unmasked()).restricted(scored), predicted };
}

/**
 * The part of a held-out image that is predicted where there is no time for all of it: of windows side by side, none
 * smaller than a patch, the one whose share of foreground is closest to that of the image.
 * @param most voxels
 */
export function judgedPart<T extends ValidationItem>(item: T, patch: Readonly<Zyx>, most: number): T {
  const { start, end } = item.predicted;
  const whole = end.map((to, axis) => to - start[axis]) as Zyx;
  const size: Zyx = [...whole];
  while (product(size) > most) {
    const spare = size.map((length, axis) => length / patch[axis]);
    const axis = spare.indexOf(Math.max(...spare));
    if (spare[axis] <= 1) break;
    size[axis] = Math.max(patch[axis], Math.ceil(size[axis] / 2));
  }
  if (size.every((length, axis) => length === whole[axis])) return item;
  const { index, shape } = item.image;
  const positions = Array.from(index.foreground, (flat) => unflatten(flat, shape));
  const windows = windowsOf(start, whole, size).map((box) => ({
    box,
    share: positions.filter((position) => isInBox(box, position)).length / Math.max(1, positions.length),
  }));
  const expected = product(size) / product(whole);
  const full = windows.filter(({ share }) => share > 0);
  const candidates = full.length > 0 ? full : windows;
  const distance = ({ share }: { share: number }) => Math.abs(share - expected);
  const { box } = candidates.reduce((best, other) => (distance(other) < distance(best) ? other : best));
  return { ...item, predicted: box };
}

/** Boxes of a size that cover a larger one, side by side or a little over each other. */
function windowsOf(start: Readonly<Zyx>, whole: Readonly<Zyx>, size: Readonly<Zyx>): Box[] {
  const along = size.map((length, axis) => {
    const count = Math.ceil(whole[axis] / length);
    const room = whole[axis] - length;
    return Array.from(
      { length: count },
      (_, i) => start[axis] + (count === 1 ? 0 : Math.round((i * room) / (count - 1))),
    );
  });
  return along[0].flatMap((z) =>
    along[1].flatMap((y) =>
      along[2].map((x): Box => ({ start: [z, y, x], end: [z + size[0], y + size[1], x + size[2]] })),
    ),
  );
}
