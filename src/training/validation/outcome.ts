import { bestThreshold, overlapAt } from '../../metrics/best-threshold';
import { meanDice } from '../../metrics/overlap';
import { histogramFromJson, type ProbabilityHistogram } from '../../metrics/probability-histogram';
import { type Calibration, fitCalibration } from '../../trust/calibration';
import { type CarriedCalibration, carriedCalibration } from '../../trust/carried';
import { type ExpectedDice, expectedDice } from '../../trust/interval';
import { type ImageObjects, smallestObject } from '../../trust/smallest-object';
import { type HonestOverlap, honestOverlaps, pooledThreshold } from '../../trust/threshold';
import type { BestModel, Checkpoint } from '../checkpoints/checkpoint';
import type { PlaceOfImage } from '../observer';
import type { Preparation } from '../prepare';
import { chooseForm, type FoldResult, type Form, formsOf, histogramsOf, seenForm } from './forms';
import { hasForeground } from './out-of-fold';
import type { ValidationResult } from './validate';

/** What the images that a training did not learn from say of its model. */
export interface Outcome {
  validation: Pick<ValidationResult, 'dice' | 'threshold' | 'tiles' | 'perImage'>;
  form: Form;
  /** average the predictions of all mirrorings */
  mirror: boolean;
  /** null: nothing says how sure the model is of images that it has not learned from */
  calibration: Calibration | null;
  expected: ExpectedDice;
  /** voxels that objects are to have, for those with fewer are wrong out of fold; null: nothing says so */
  smallestObject: number | null;
  /** each image that it was judged by, with its probabilities and the threshold that it was judged at */
  judged: JudgedProbabilities[];
  /** what the choices rest on, for the card */
  evidence: Record<string, unknown>;
  /** Dice of the model that the training started from, on the same images */
  startDice?: number;
}

/** An image as weights found it that had not learned from it. */
export interface JudgedProbabilities {
  id: string;
  /** what it was taken together with */
  group: string;
  place: PlaceOfImage;
  threshold: number;
  histogram: ProbabilityHistogram;
}

type Prepared = Pick<Preparation, 'recipe' | 'settings' | 'samples' | 'split' | 'start'>;

/**
 * What cross-fitting says: each image judged by weights that have not seen it, at a threshold that it had no part in.
 * @param hasMoments whether the model's norms can have moments of the training
 * @returns null where no fold was judged, or none with foreground
 */
export function crossFitted(
  { folds, learned }: Pick<Checkpoint, 'folds' | 'learned'>,
  preparation: Prepared,
  hasMoments: boolean,
): Outcome | null {
  if (!hasForeground(folds)) return null;
  const { recipe, start } = preparation;
  const all = formsOf(preparation);
  const { form } = chooseForm(folds, hasMoments ? all : all.filter(({ norms }) => norms === 'tile'), recipe);
  const histograms = histogramsOf(folds, form) ?? [];
  const pooled = pooledThreshold(histograms);
  const honest = honestOverlaps(histograms);
  const images = folds.flatMap((fold) => fold.images);
  const perImage = honest.flat().map(({ dice, counts }, i) => {
    const { id } = images[i];
    return dice === null ? { id, dice, falsePositive: counts.falsePositive } : { id, dice };
  });
  const dice = meanDice(honest.flat().map(({ counts }) => counts));
  const mirrorGain = gainOfMirrors(folds, form);
  const groups = images.map(({ group }) => group);
  const carried = learned ? carriedOf(folds, learned, all) : null;
  const threshold = carried?.threshold ?? pooled.threshold;
  const expected = expectedDice(byGroup(groups, perImage));
  const specks = smallestObject(objectsOf(folds, histogramsOf(folds, seenForm(all)) ?? histograms, honest));
  return {
    validation: { dice, threshold, tiles: form.tiles, perImage },
    form,
    mirror: mirrorGain !== null && mirrorGain >= recipe.crossFitting.mirrorGain,
    calibration: carried?.calibration ?? null,
    expected: carried ? withModel(expected, carried, groups, perImage) : expected,
    smallestObject: specks?.voxels ?? null,
    judged: histograms.flatMap((fold, f) =>
      fold.map((histogram, index) => {
        const { id, group } = folds[f].images[index];
        return { id, group, place: { fold: f + 1, index }, threshold: honest[f][index].threshold, histogram };
      }),
    ),
    evidence: {
      forms: chooseForm(folds, all, recipe).dice,
      folds: honest.map((fold) => ({ images: fold.length, thresholdOfOthers: fold[0]?.threshold ?? null })),
      thresholdOfFolds: pooled.threshold,
      bestThreshold: pooled.best,
      thresholdError: pooled.standardError,
      calibrationOfFolds: fitCalibration(histograms.flat()),
      ...(carried ? { learned: carried.learned, gap: carried.gap } : {}),
      ...(mirrorGain === null ? {} : { mirrorGain }),
      ...(specks ? { specks } : {}),
    },
    ...(start ? startOf(images, start.card.threshold) : {}),
  };
}

/** The model learned for longer than the folds that were judged: it may be as good as it foretells, if that is more. */
function withModel(
  expected: ExpectedDice,
  { predicted }: CarriedCalibration,
  groups: readonly string[],
  perImage: ValidationResult['perImage'],
): ExpectedDice {
  const ofModel = perImage.map(({ id, dice }, i) => ({ id, dice: dice === null ? null : predicted[i] }));
  return { ...expected, high: Math.max(expected.high, expectedDice(byGroup(groups, ofModel)).high) };
}

/** Calibrates the model by what it says of what it learned from, and folds of what they have and have not seen. */
function carriedOf(
  folds: readonly FoldResult[],
  learned: NonNullable<Checkpoint['learned']>,
  all: readonly Form[],
): CarriedCalibration | null {
  const evidence = folds.map((fold, i) => ({
    unseen: (histogramsOf([fold], seenForm(all)) ?? histogramsOf([fold], all[0]) ?? []).flat(),
    // by the fold before, which learned from what this one holds out
    seen: (folds.at(i - 1)?.seen ?? []).map(histogramFromJson),
  }));
  const isWhole = evidence.every(({ unseen, seen }) => seen.length === unseen.length);
  return isWhole ? carriedCalibration(evidence, learned.map(histogramFromJson)) : null;
}

/** What held-out images say that also chose the step and the threshold: of other images they promise a little much. */
export function heldOutOutcome(
  { result }: Pick<BestModel, 'result'>,
  { samples }: Pick<Preparation, 'samples'>,
  hasMoments: boolean,
): Outcome {
  const { histograms, ...validation } = result;
  const fileOf = (id: string) =>
    samples.find((sample) => id === sample.id || id.startsWith(`${sample.id}, time point `))?.raw.uri ?? id;
  const files = validation.perImage.map(({ id }) => fileOf(id));
  const found = histograms.map(histogramFromJson);
  return {
    validation,
    form: { norms: hasMoments ? 'training' : 'tile', tiles: result.tiles },
    mirror: false,
    calibration: fitCalibration(found),
    expected: expectedDice(byGroup(files, validation.perImage)),
    smallestObject: null,
    judged: found.map((histogram, i) => {
      const { id } = validation.perImage[i];
      return { id, group: files[i], place: { fold: 0, index: i }, threshold: result.threshold, histogram };
    }),
    evidence: {},
  };
}

/** The objects of each image at the threshold that it is judged at; of folds of earlier versions nobody counted them. */
function objectsOf(
  folds: readonly FoldResult[],
  histograms: readonly (readonly ProbabilityHistogram[])[],
  honest: readonly (readonly HonestOverlap[])[],
): ImageObjects[][] {
  return folds.map(({ images }, fold) =>
    images.flatMap(({ objects: sizes }, i) =>
      sizes ? [{ sizes, histogram: histograms[fold][i], threshold: honest[fold][i].threshold }] : [],
    ),
  );
}

/** By how much mirroring raised the best mean Dice of the images that were predicted with it; null: none was. */
function gainOfMirrors(folds: readonly FoldResult[], form: Form): number | null {
  const fold = folds.find(({ images }) => images.some(({ mirrored }) => mirrored));
  const plain = fold && histogramsOf([fold], form)?.flat();
  if (!fold || !plain?.some(({ foreground }) => foreground.some((n) => n > 0))) return null;
  const mirrored = fold.images.flatMap((image) => image.mirrored ?? []).map(histogramFromJson);
  return bestThreshold(mirrored).meanDice - bestThreshold(plain).meanDice;
}

function startOf(images: FoldResult['images'], threshold: number): { startDice?: number } {
  const start = images.flatMap((image) => image.start ?? []).map(histogramFromJson);
  if (start.length < images.length) return {};
  return { startDice: meanDice(start.map((histogram) => overlapAt(histogram, threshold))) };
}

/** The Dice of the images of each group; those without foreground have none. */
function byGroup(groups: readonly string[], perImage: ValidationResult['perImage']): number[][] {
  const dices = new Map<string, number[]>();
  for (const [i, { dice }] of perImage.entries()) {
    if (dice !== null) dices.set(groups[i], [...(dices.get(groups[i]) ?? []), dice]);
  }
  return [...dices.values()];
}
