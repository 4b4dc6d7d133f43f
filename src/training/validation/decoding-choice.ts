import { mean } from '../../base/numbers';
import { DEFAULT_DECODING, type DecodingSettings } from '../../objects/settings';
import { studentQuantile } from '../../trust/interval';
import { type DecodingTally, OVERLAPS, SEEDS, SIZES, sumOfTallies } from './decoding-tally';

/**
 * How sure it has to be that other seeds are better on other images than those that nobody chose. Of several that differ by single
 * objects the best look better than they are, so that 95 % would be too little.
 */
const SURE = 0.99;
/** Share of the true objects that are smaller than the smallest size that stays, at most. */
const SMALLER = 0.01;

/** How maps become objects, for the card, and what speaks for it. */
export interface ChosenDecoding {
  settings: DecodingSettings;
  /** mean of the average precision at each overlap, of all objects together */
  meanAveragePrecision: number;
  /** at an overlap of 0.5 */
  averagePrecision: number;
  /** with the settings that nobody chose */
  ofDefaults: number;
}

/** A way of decoding, by where it stands in a tally. */
interface Way {
  /** in {@link SEEDS} */
  seeds: number;
  /** in {@link SIZES} */
  size: number;
}

const USUAL: Way = { seeds: 0, size: 0 };

/**
 * Chooses how maps become objects. What is smaller than nearly all true objects is none, whatever was found: of what was trained for shorter
 * than the model, which finds few small ones, dropping more would look better than it is. Seeds are those that nobody chose, unless
 * others are clearly better on what the weights had not seen: their mean average precision, TP / (TP + FP + FN) at overlaps from
 * 0.5 to 0.9, of all objects together, is higher by 99 % with the jackknife over the images (Student's t), and lower in no fold. One
 * image alone tells nothing of others.
 * @param folds tallies of the images of each
 * @param threshold of the foreground, which the Dice chose
 * @param sure how sure a gain has to be (0.99)
 * @returns null where there was no object to tell by
 */
export function chooseDecoding(
  folds: readonly (readonly DecodingTally[])[],
  threshold: number,
  sure = SURE,
): ChosenDecoding | null {
  const images = folds.flat().filter(({ truths }) => truths > 0);
  if (images.length === 0) return null;
  const all = sumOfTallies(folds.flat());
  const size = sizeOf(all);
  const seeds = seedsOf(images, folds, size, sure);
  return {
    settings: { ...DEFAULT_DECODING, foreground: threshold, ...SEEDS[seeds], minimumSize: SIZES[size] },
    meanAveragePrecision: meanPrecision(all, { seeds, size }),
    averagePrecision: precisionsAt(all, { seeds, size })[0],
    ofDefaults: meanPrecision(all, USUAL),
  };
}

/** The largest of the sizes that nearly no true object is below, as far as so many tell (Laplace's rule of succession). */
function sizeOf({ truths, smaller }: DecodingTally): number {
  return SIZES.findLastIndex((_, s) => s === 0 || (smaller[s] + 1) / (truths + 1) <= SMALLER);
}

function seedsOf(
  images: readonly DecodingTally[],
  folds: readonly (readonly DecodingTally[])[],
  size: number,
  sure: number,
): number {
  const all = sumOfTallies(images);
  const means = SEEDS.map((_, seeds) => meanPrecision(all, { seeds, size }));
  const best = means.indexOf(Math.max(...means));
  const gainIn = (some: readonly DecodingTally[]) => gain(sumOfTallies(some), best, size);
  if (best === 0 || images.length < 2) return 0;
  if (folds.some((fold) => fold.some(({ truths }) => truths > 0) && gainIn(fold) < 0)) return 0;
  const n = images.length;
  const without = images.map((_, left) => gainIn(images.filter((_, i) => i !== left)));
  const middle = mean(without);
  const variance = ((n - 1) / n) * without.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return gainIn(images) > studentQuantile(sure, n - 1) * Math.sqrt(variance) ? best : 0;
}

function gain(tally: DecodingTally, seeds: number, size: number): number {
  return meanPrecision(tally, { seeds, size }) - meanPrecision(tally, { seeds: 0, size });
}

function meanPrecision(tally: DecodingTally, way: Way): number {
  return mean(precisionsAt(tally, way));
}

function precisionsAt({ truths, found, matched }: DecodingTally, { seeds, size }: Way): number[] {
  const at = seeds * SIZES.length + size;
  return OVERLAPS.map((_, o) => {
    const both = matched[at * OVERLAPS.length + o];
    return both / (found[at] + truths - both);
  });
}
