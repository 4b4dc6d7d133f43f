import type { Engine } from '../../engines/engine';
import { bestThreshold, overlapAt } from '../../metrics/best-threshold';
import { overlapMetrics } from '../../metrics/overlap';
import { histogramFromJson, histogramToJson } from '../../metrics/probability-histogram';
import { patchSize } from '../../patches/plan';
import { type Fold, judgedPart } from '../data/fold-images';
import type { TrainingImage } from '../data/training-image';
import type { TrainingPlan } from '../plan';
import type { Preparation } from '../prepare';
import { chooseForm, type FoldResult, type Form, formName, formsOf } from './forms';
import { measureMoments } from './norm-moments';
import { cardGeometry, geometryOf, type ImagePredictor, predictHistograms, type Watch } from './validate';

/** What a fold is predicted by. */
interface FoldJudging {
  preparation: Preparation;
  plan: TrainingPlan;
  engine: Engine;
  predict: ImagePredictor;
  signal?: AbortSignal;
}

/**
 * Predicts the images of a fold with weights that have not seen them, in all forms that there is a choice of. After the last
 * fold the form that is best so far is predicted mirrored, too, where the plan has room for it.
 * @param parameters averaged weights of the end of the fold's training
 * @param images that training's images, whole: the moments of the norms are theirs
 * @param before results of the other folds where this is the last, else null
 * @throws CancelledError
 */
export async function judgeFold(
  parameters: Float32Array,
  fold: Fold,
  images: readonly TrainingImage[],
  before: readonly FoldResult[] | null,
  judging: FoldJudging,
  watch?: Watch,
): Promise<FoldResult> {
  const { preparation, plan, engine, signal } = judging;
  const { spec, start, recipe } = preparation;
  const size = patchSize(preparation.plan);
  const items = fold.heldOut.map((item) => judgedPart(item, size, plan.judgedVoxels));
  const watched = watch && { ...watch, wanted: items.filter((_, i) => watch.wanted.includes(fold.heldOut[i])) };
  const predicted = async (by: Omit<Parameters<typeof predictHistograms>[2], 'threshold'>, seeing?: Watch) =>
    (await predictHistograms(spec, items, by, judging, signal, seeing)).map(histogramToJson);
  const result: FoldResult = { images: items.map(({ id, group }) => ({ id, group, forms: {} })) };

  const forms = formsOf(preparation);
  const needsMoments = forms.some(({ norms }) => norms === 'training');
  const moments = needsMoments ? await measureMoments({ spec, parameters }, images, size, engine, signal) : null;
  const momentsFor = ({ norms }: Form) => (norms === 'training' && moments ? { moments } : {});
  for (const form of forms) {
    if (form.norms === 'training' && !moments) continue;
    const by = { parameters, ...momentsFor(form), geometry: geometryOf(preparation, form.tiles) };
    const found = await predicted(by, form === forms[0] ? watched : undefined);
    for (const [i, histogram] of found.entries()) result.images[i].forms[formName(form)] = histogram;
  }
  if (start) {
    const { card, parameters, moments } = start;
    const found = await predicted({ parameters, moments, geometry: cardGeometry(card) });
    for (const [i, histogram] of found.entries()) result.images[i].start = histogram;
  }
  if (before && plan.tryMirror && hasForeground([result])) {
    const { form } = chooseForm([...before, result], forms, recipe);
    const geometry = { ...geometryOf(preparation, form.tiles), mirror: true };
    const found = await predicted({ parameters, ...momentsFor(form), geometry });
    for (const [i, histogram] of found.entries()) result.images[i].mirrored = histogram;
  }
  return result;
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

/** The Dice of a fold's images at the threshold that is best for them, in the first form, for people who wait. */
export function diceOfFold(result: FoldResult, preparation: Preparation): { dice: number; threshold: number } | null {
  if (!hasForeground([result])) return null;
  const name = formName(formsOf(preparation)[0]);
  const images = result.images.flatMap(({ forms }) => forms[name] ?? []).map(histogramFromJson);
  const { threshold, meanDice } = bestThreshold(images);
  return { threshold, dice: meanDice };
}
