import { overlapAt } from '../metrics/best-threshold';
import { meanDice, type OverlapCounts } from '../metrics/overlap';
import type { ProbabilityHistogram } from '../metrics/probability-histogram';
import { OBJECT_THRESHOLDS, type ObjectClass, type ObjectSizes, SIZES } from './object-sizes';

/** Of a hundred objects that are removed so many may be right at most. */
const RIGHT_AT_MOST = 0.1;

/** An image that the network had not seen. */
export interface ImageObjects {
  /** that it is judged at */
  threshold: number;
  histogram: ProbabilityHistogram;
  sizes: ObjectSizes;
}

/** What is removed as specks, and what that does out of fold. */
export interface SmallestObject {
  /** objects with fewer voxels are removed */
  voxels: number;
  /** of each fold, the size that the others choose, and what it removes there */
  folds: Array<{ voxels: number; right: number; wrong: number }>;
  /** mean Dice of all images, with all objects and without the removed ones */
  dice: { all: number; kept: number };
}

/**
 * Chooses the size below which objects are specks: the one with the most wrong objects removed less the right ones, in shares of
 * what is found in an image, each image counting the same; no more than a tenth of what is removed is right, and the mean Dice
 * does not fall. It is kept where the folds agree: the size that the others choose has to pass the same in each of them; the
 * smallest of all is taken.
 * @returns null where there are not two folds with objects and foreground, or one does not agree
 */
export function smallestObject(folds: readonly (readonly ImageObjects[])[]): SmallestObject | null {
  const judged = folds.map((images) => images.map(judgedImage)).filter(tells);
  if (judged.length < 2) return null;
  const ofOthers = judged.map((_, fold) => chosenSize(judged.filter((_, other) => other !== fold).flat()));
  const agrees = judged.every((images, fold) => ofOthers[fold] !== null && passes(images, ofOthers[fold]));
  const ofAll = chosenSize(judged.flat());
  if (!agrees || ofAll === null) return null;
  const chosen = Math.min(ofAll, ...ofOthers.flatMap((size) => size ?? []));
  const all = judged.flat();
  return {
    voxels: SIZES[chosen],
    folds: judged.map((images, fold) => {
      const size = ofOthers[fold] ?? 0;
      const { right, wrong } = removed(images, size);
      return { voxels: SIZES[size], right, wrong };
    }),
    dice: { all: diceWithout(all, -1), kept: diceWithout(all, chosen) },
  };
}

/** An image at its threshold. */
interface Judged {
  overlap: OverlapCounts;
  classes: readonly ObjectClass[];
  /** number of objects */
  found: number;
}

function judgedImage({ threshold, histogram, sizes }: ImageObjects): Judged {
  const distance = (of: number) => Math.abs(of - threshold);
  const closest = OBJECT_THRESHOLDS.reduce((best, of) => (distance(of) < distance(best) ? of : best));
  const classes = sizes[OBJECT_THRESHOLDS.indexOf(closest)];
  const found = classes.reduce((sum, { right, wrong }) => sum + right + wrong, 0);
  return { overlap: overlapAt(histogram, closest), classes, found };
}

/** Whether images have objects, and foreground for a Dice. */
function tells(images: readonly Judged[]): boolean {
  const hasForeground = images.some(({ overlap }) => overlap.truePositive + overlap.falseNegative > 0);
  return hasForeground && images.some(({ found }) => found > 0);
}

/** The size that removes the most wrong objects less right ones, of those that {@link passes} lets through; null: none. */
function chosenSize(images: readonly Judged[]): number | null {
  let best: { size: number; gain: number } | null = null;
  for (const size of SIZES.keys()) {
    const gain = gainOf(images, size);
    if (gain > (best?.gain ?? 0) && passes(images, size)) best = { size, gain };
  }
  return best?.size ?? null;
}

function passes(images: readonly Judged[], size: number): boolean {
  const { right, wrong } = removed(images, size);
  const isSpecks = wrong > 0 && right <= RIGHT_AT_MOST * (right + wrong);
  return isSpecks && gainOf(images, size) > 0 && diceWithout(images, size) >= diceWithout(images, -1);
}

function gainOf(images: readonly Judged[], size: number): number {
  const gains = images.map((image) => {
    const { right, wrong } = removed([image], size);
    return (wrong - right) / Math.max(1, image.found);
  });
  return gains.reduce((sum, gain) => sum + gain, 0) / images.length;
}

/** What goes with the objects below a size. */
function removed(images: readonly Judged[], size: number): Omit<ObjectClass, 'below'> {
  const sums = { right: 0, wrong: 0, foreground: 0, background: 0 };
  for (const { below, ...counts } of images.flatMap(({ classes }) => classes)) {
    if (below > size) continue;
    for (const name of ['right', 'wrong', 'foreground', 'background'] as const) sums[name] += counts[name];
  }
  return sums;
}

function diceWithout(images: readonly Judged[], size: number): number {
  const overlaps = images.map((image) => {
    const { foreground, background } = removed([image], size);
    const { truePositive, falsePositive, falseNegative, trueNegative } = image.overlap;
    return {
      truePositive: truePositive - foreground,
      falseNegative: falseNegative + foreground,
      falsePositive: falsePositive - background,
      trueNegative: trueNegative + background,
    };
  });
  return meanDice(overlaps);
}
