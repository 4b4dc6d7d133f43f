import type { Engine } from '../../engines/engine';
import { bestThreshold, overlapAt } from '../../metrics/best-threshold';
import { overlapMetrics } from '../../metrics/overlap';
import { type HistogramJson, histogramFromJson, histogramToJson } from '../../metrics/probability-histogram';
import { outputsOf } from '../../network/spec';
import { patchSize } from '../../patches/plan';
import { type ObjectSizes, objectSizes } from '../../trust/object-sizes';
import { type Fold, type HeldOutItem, judgedPart } from '../data/fold-images';
import type { TrainingImage } from '../data/training-image';
import type { TrainingObserver } from '../observer';
import type { TrainingPlan } from '../plan';
import type { Preparation } from '../prepare';
import { chooseForm, type FoldResult, type Form, formName, formsOf, seenForm } from './forms';
import { measureMoments } from './norm-moments';
import {
  cardGeometry,
  decodedItems,
  geometryOf,
  type ImagePredictor,
  type Judged,
  predictDecodings,
  predictHistograms,
  type SeenMap,
  type Watch,
} from './validate';

/** What a fold is predicted by. */
interface FoldJudging {
  preparation: Preparation;
  plan: TrainingPlan;
  engine: Engine;
  predict: ImagePredictor;
  observer?: TrainingObserver;
  signal?: AbortSignal;
}

type See = (map: SeenMap) => Promise<void>;

/** What a fold is judged on: what it holds out, and what the next one does; null: there is no other. */
interface JudgedFold {
  fold: Fold;
  /** of the fold, from 1 */
  number: number;
  next: Fold | null;
  /** images of the fold's training, whole: the moments of the norms are theirs */
  images: readonly TrainingImage[];
  /** results of the other folds where this is the last, else null */
  before: readonly FoldResult[] | null;
}

/**
 * Predicts the images of a fold with weights that have not seen them, in all forms that there is a choice of, and those of the
 * next fold, which they have seen, in one. After the last fold the form that is best so far is predicted mirrored, too, where the
 * plan has room for it.
 * @param parameters averaged weights of the end of the fold's training
 * @throws CancelledError
 */
export async function judgeFold(
  parameters: Float32Array,
  { fold, number, next, images, before }: JudgedFold,
  judging: FoldJudging,
  watch?: Watch,
): Promise<FoldResult> {
  const { preparation, plan, engine, observer, signal } = judging;
  const { spec, start, recipe } = preparation;
  const items = judgedItems(fold, judging);
  const watched = watch && { ...watch, wanted: items.filter((_, i) => watch.wanted.includes(fold.heldOut[i])) };
  const predicted = async (by: Omit<Judged, 'threshold'>, of = items, seeing?: Watch, see?: See) =>
    (await predictHistograms(spec, of, by, judging, signal, seeing, see)).map(histogramToJson);
  const result: FoldResult = { images: items.map(({ id, group }) => ({ id, group, forms: {} })) };

  const forms = formsOf(preparation);
  const needsMoments = forms.some(({ norms }) => norms === 'training');
  const size = patchSize(preparation.plan);
  const moments = needsMoments ? await measureMoments({ spec, parameters }, images, size, engine, signal) : null;
  const inForm = (form: Form) => ({ parameters, ...formOf(preparation, form, moments) });
  const possible = forms.filter(({ norms }) => norms === 'tile' || moments);
  const seen = seenForm(possible);
  const sizes: ObjectSizes[] = [];
  const show = (form: Form): See => {
    return async (map) => {
      if (form === seen) sizes.push(await objectSizes(map));
      await observer?.judged({ fold: number, index: map.index, form: formName(form), item: map.item, pixels: map });
    };
  };
  for (const form of possible) {
    const seeing = form === forms[0] ? watched : undefined;
    const found = await predicted(inForm(form), items, seeing, show(form));
    for (const [i, histogram] of found.entries()) result.images[i].forms[formName(form)] = histogram;
  }
  if (outputsOf(spec) > 1) {
    const parts = decodedItems(items, preparation, plan.minutes);
    const by = { ...inForm(seen), threshold: thresholdOf(result, seen) };
    result.decodings = await predictDecodings(spec, parts, by, judging, signal, async (objects) =>
      observer?.decoded({ fold: number, ...objects }),
    );
  }
  for (const [i, objects] of sizes.entries()) result.images[i].objects = objects;
  if (next) result.seen = await predicted(inForm(seen), judgedItems(next, judging));
  if (start) {
    const { card, parameters, moments } = start;
    const found = await predicted({ parameters, moments, geometry: cardGeometry(card) });
    for (const [i, histogram] of found.entries()) result.images[i].start = histogram;
  }
  if (before && plan.tryMirror && hasForeground([result])) {
    const { geometry, ...by } = inForm(chooseForm([...before, result], forms, recipe).form);
    const found = await predicted({ ...by, geometry: { ...geometry, mirror: true } });
    for (const [i, histogram] of found.entries()) result.images[i].mirrored = histogram;
  }
  return result;
}

/**
 * Predicts what the folds held out with the weights of the training on all images, which have seen them, in the form that the
 * folds chose; mirrorings are left out, which change how sure it is by little.
 * @param moments of the weights' norms; null: each tile has its own
 * @returns in the order of the images of each fold
 * @throws CancelledError
 */
export async function judgeLearned(
  parameters: Float32Array,
  moments: Float32Array | null,
  folds: readonly Fold[],
  form: Form,
  judging: FoldJudging,
): Promise<HistogramJson[]> {
  const { preparation, signal } = judging;
  const items = folds.flatMap((fold) => judgedItems(fold, judging));
  const by = { parameters, ...formOf(preparation, form, moments) };
  return (await predictHistograms(preparation.spec, items, by, judging, signal)).map(histogramToJson);
}

/** The parts of what a fold holds out that there is time for. */
function judgedItems({ heldOut }: Fold, { preparation, plan }: FoldJudging): HeldOutItem[] {
  const size = patchSize(preparation.plan);
  return heldOut.map((item) => judgedPart(item, size, plan.judgedVoxels));
}

function formOf(preparation: Preparation, { norms, tiles }: Form, moments: Float32Array | null) {
  const geometry = geometryOf(preparation, tiles);
  return norms === 'training' && moments ? { geometry, moments } : { geometry };
}

/** The Dice of each image of a fold at a threshold, in the first form; null: without foreground. */
export function dicesOfFold(
  result: FoldResult,
  preparation: Preparation,
  threshold: number,
): Map<string, number | null> {
  const name = formName(formsOf(preparation)[0]);
  return new Map(
    result.images.flatMap(({ id, forms }) => {
      const histogram = forms[name];
      if (!histogram) return [];
      const { dice, emptyReference } = overlapMetrics(overlapAt(histogramFromJson(histogram), threshold));
      return [[id, emptyReference ? null : dice] as const];
    }),
  );
}

/** Whether anything can be told of results: images without foreground alone tell nothing. */
export function hasForeground(folds: readonly FoldResult[]): boolean {
  return folds.some(({ images }) =>
    images.some(({ forms }) => Object.values(forms).some((histogram) => histogram.foreground.some((n) => n > 0))),
  );
}

/** The threshold that is best for a fold's images in a form; null: they are without foreground. */
function thresholdOf(result: FoldResult, form: Form): number | null {
  if (!hasForeground([result])) return null;
  const images = result.images.flatMap(({ forms }) => forms[formName(form)] ?? []).map(histogramFromJson);
  return bestThreshold(images).threshold;
}

/** The Dice of a fold's images at the threshold that is best for them, in the first form, for people who wait. */
export function diceOfFold(result: FoldResult, preparation: Preparation): { dice: number; threshold: number } | null {
  if (!hasForeground([result])) return null;
  const name = formName(formsOf(preparation)[0]);
  const images = result.images.flatMap(({ forms }) => forms[name] ?? []).map(histogramFromJson);
  const { threshold, meanDice } = bestThreshold(images);
  return { threshold, dice: meanDice };
}
