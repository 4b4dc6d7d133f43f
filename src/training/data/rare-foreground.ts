import { percent } from '../../base/numbers';
import { Random } from '../../base/random';
import type { Zyx } from '../../image/region';
import { ObjectCutter, voxelsOf } from '../../patches/cut-object';
import { drawPatch } from '../../patches/draw';
import type { AddedObjects } from '../../patches/patch-maker';
import type { PatchSource } from '../../patches/patch-pixels';
import { patchSize } from '../../patches/plan';
import { type SamplingIndex, unflatten } from '../../patches/sampling-index';
import type { Preparation } from '../prepare';

/** Name the streams of the patches and objects looked at, apart from those that are trained on. */
const PATCH_STREAM = 14;
const OBJECT_STREAM = 15;
/** Patches, and objects, that are looked at, of all images together. */
const PATCHES = 128;
const OBJECTS = 64;

/** What a training does about foreground that is rare. */
export interface RareForeground {
  /** foreground by voxels with weight, all images together */
  share: number;
  /** whole objects in all images, about */
  objects: number;
  /** voxels, see `network/loss.ts` */
  diceSmoothing: number;
  /** null: there are enough objects */
  added: AddedObjects | null;
}

/**
 * Measures how rare foreground is, and decides what is done about it. A patch that holds next to none must not count for
 * more than one with plenty, and what is found in one without any must count at all: else precision suffers. And few objects are
 * shown beside more things than those that happen to lie beside them.
 * @param images with foreground in one of them at least; of those that a model segmented no objects are taken
 * @returns null: it is not rare, and nothing is done
 */
export async function rareForeground(
  images: ReadonlyArray<PatchSource & { isPredicted?: boolean }>,
  { recipe: { rare }, plan, settings }: Pick<Preparation, 'recipe' | 'plan' | 'settings'>,
): Promise<RareForeground | null> {
  const foreground = sumOver(images, ({ foregroundCount }) => foregroundCount);
  const share = foreground / sumOver(images, ({ includedCount }) => includedCount);
  if (share >= rare.below) return null;
  const size = patchSize(plan);
  let held = 0;
  for (let n = 0; n < PATCHES; n++) {
    const { index } = images[Math.floor((n * images.length) / PATCHES)];
    const random = new Random(settings.seed, plan.seed, PATCH_STREAM, n);
    held += foregroundIn(index, drawPatch(index, plan, plan.sampling === 'balanced' && n % 2 === 0, random), size);
  }
  const donors = images.filter(({ index, isPredicted }) => index.foregroundCount > 0 && !isPredicted);
  const objects = await wholeObjects(donors, size, [settings.seed, plan.seed, OBJECT_STREAM]);
  const isFew = objects > 0 && objects <= rare.fewObjects;
  const added = isFew ? { share: rare.added, donors } : null;
  // An object that was cut is one, however little of the foreground it is.
  const about = objects > 0 ? Math.max(1, Math.round(objects)) : 0;
  return { share, objects: about, diceSmoothing: (rare.smoothing * held) / PATCHES, added };
}

function sumOver(images: readonly PatchSource[], of: (index: SamplingIndex) => number): number {
  return images.reduce((sum, { index }) => sum + of(index), 0);
}

/** About how many voxels of a patch are foreground with weight: of many positions the index keeps some. */
function foregroundIn({ foreground, foregroundCount, shape }: SamplingIndex, start: Zyx, size: Zyx): number {
  let kept = 0;
  for (const flat of foreground) {
    if (unflatten(flat, shape).every((at, axis) => at >= start[axis] && at < start[axis] + size[axis])) kept++;
  }
  return kept === 0 ? 0 : (kept * foregroundCount) / foreground.length;
}

/**
 * About how many objects the images hold that could be cut out. Of voxels drawn evenly an object of v voxels has a share of
 * v, so that the mean of 1 / v is objects by voxels.
 */
async function wholeObjects(images: readonly PatchSource[], size: Zyx, key: readonly number[]): Promise<number> {
  const cutter = new ObjectCutter(size);
  const each = Math.ceil(OBJECTS / images.length);
  let objects = 0;
  for (const [i, image] of images.entries()) {
    let perVoxel = 0;
    for (let n = 0; n < each; n++) {
      const object = await cutter.cut(image, new Random(...key, i, n));
      if (object) perVoxel += 1 / voxelsOf(object);
    }
    objects += (perVoxel / each) * image.index.foregroundCount;
  }
  return objects;
}

/** What is done, for the card. */
export function rareNote({ share, objects, diceSmoothing, added }: RareForeground): string {
  const smoothed = `the Dice of each patch is smoothed by ${Math.round(diceSmoothing)} pixels, as many as a patch holds of it on average`;
  const few = added ? `; of its about ${objects} objects one is added to ${percent(added.share)} of the patches` : '';
  return `foreground is rare (${percent(share)} of the pixels): ${smoothed}${few}`;
}
