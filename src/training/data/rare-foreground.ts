import { percent } from '../../base/number-text';
import { Random } from '../../base/random';
import type { Zyx } from '../../image/region';
import { drawPatch } from '../../patches/draw';
import { patchSize } from '../../patches/plan';
import { type SamplingIndex, unflatten } from '../../patches/sampling-index';
import type { Preparation } from '../prepare';
import type { TrainingImage } from './training-image';

/** Names the stream that draws the patches looked at, apart from those that are trained on. */
const LOOK_STREAM = 14;
/** Patches that are looked at, of all images together. */
const PATCHES = 128;

/** What a training does about foreground that is rare. */
export interface RareForeground {
  /** foreground by voxels with weight, all images together */
  share: number;
  /** voxels, see `network/loss.ts` */
  diceSmoothing: number;
}

/**
 * Measures how rare foreground is, and decides what is done about it: a patch that holds next to none must not count for
 * more than one with plenty, and what is found in one without any must count at all, else precision suffers.
 * @param images with foreground in one of them at least
 * @returns null: it is not rare, and nothing is done
 */
export function rareForeground(
  images: readonly Pick<TrainingImage, 'index'>[],
  { recipe: { rare }, plan, settings }: Pick<Preparation, 'recipe' | 'plan' | 'settings'>,
): RareForeground | null {
  const sum = (of: (image: Pick<TrainingImage, 'index'>) => number) => images.reduce((n, image) => n + of(image), 0);
  const share = sum(({ index }) => index.foregroundCount) / sum(({ index }) => index.includedCount);
  if (share >= rare.below) return null;
  let held = 0;
  for (let n = 0; n < PATCHES; n++) {
    const { index } = images[Math.floor((n * images.length) / PATCHES)];
    const random = new Random(settings.seed, plan.seed, LOOK_STREAM, n);
    held += foregroundIn(
      index,
      drawPatch(index, plan, plan.sampling === 'balanced' && n % 2 === 0, random),
      patchSize(plan),
    );
  }
  return { share, diceSmoothing: (rare.smoothing * held) / PATCHES };
}

/** About how many voxels of a patch are foreground with weight: of many positions the index keeps some. */
function foregroundIn({ foreground, foregroundCount, shape }: SamplingIndex, start: Zyx, size: Zyx): number {
  let kept = 0;
  for (const flat of foreground) {
    if (unflatten(flat, shape).every((at, axis) => at >= start[axis] && at < start[axis] + size[axis])) kept++;
  }
  return kept === 0 ? 0 : (kept * foregroundCount) / foreground.length;
}

/** What is done, for the card. */
export function rareNote({ share, diceSmoothing }: RareForeground): string {
  return `foreground is rare (${percent(share)} of the pixels): the Dice of each patch is smoothed by ${Math.round(diceSmoothing)} pixels, as many as a patch holds of it on average`;
}
