import type { CardFields } from '../models/publish';
import { outputsOf, PREDICTION_INPUT, PREDICTION_OUTPUT } from '../network';
import { type NetworkCost, networkCost } from '../network/cost';
import { DEFAULT_DECODING, type DecodingSettings, OBJECT_MAPS } from '../objects/settings';
import { patchSize } from '../patches/plan';
import type { ExpectedDice } from '../trust/interval';
import type { EndReason } from './checkpoints/checkpoint';
import { isCrossFitted } from './data/split';
import type { Preparation } from './prepare';
import type { TrainingResult } from './result';
import type { TileSize } from './settings';
import { starterOf } from './starters';
import { comparisonOf } from './validation/compare-with-start';
import type { ChosenDecoding } from './validation/decoding-choice';
import { tileSizes } from './validation/forms';
import { canJudgeMoments } from './validation/norm-moments';
import { geometryOf, type ValidationResult } from './validation/validate';

/** The card of a trained model. */
export function trainedCard(preparation: Preparation, result: TrainingResult): CardFields {
  const { settings, spec, plan, recipe, normalisation, channels, pixelSize, data, failed, start, budget } = preparation;
  const starter = starterOf(preparation);
  const axes = spec.dimensions === 3 ? 'NCZYX' : 'NCYX';
  return {
    name: settings.model,
    architecture: {
      type: 'residual-unet',
      filters: [...spec.filters],
      ...(spec.strides && { strides: spec.strides as Array<Array<1 | 2>> }),
      ...(spec.kernels && { kernels: spec.kernels as Array<Array<1 | 3>> }),
      parameters: result.parameters.length,
    },
    ...geometryOf(preparation, result.tiles),
    channels,
    pixelSize,
    input: { name: PREDICTION_INPUT, axes },
    output: { name: PREDICTION_OUTPUT, axes },
    ...(outputsOf(spec) > 1 ? { outputs: [...OBJECT_MAPS] as [...typeof OBJECT_MAPS] } : {}),
    normalisation,
    norms: result.moments ? ('training' as const) : ('tile' as const),
    ...(result.outcome?.mirror ? { mirror: true } : {}),
    threshold: result.threshold,
    ...(outputsOf(spec) > 1 ? { objects: decodingOf(result) } : {}),
    ...(result.outcome?.calibration ? { calibration: result.outcome.calibration } : {}),
    ...(result.outcome ? { expected: result.outcome.expected } : {}),
    ...(result.outcome?.smallestObject ? { smallestObject: result.outcome.smallestObject } : {}),
    ...(result.facts.looks ? { looks: result.facts.looks } : {}),
    selection: selectionOf(preparation, result),
    recipe: {
      settings: { ...settings },
      plan: { ...plan },
      budget: { ...budget, ...result.plan },
      ...recipe,
      ...(starter ? { starter: { name: starter.name, sha256: starter.sha256 } } : {}),
      startedFrom: start ? `${start.card.name}@${start.card.version}` : null,
    },
    metrics: { ...trainingMetrics(preparation, result) },
    comparison: comparisonOf(result, start),
    data: [
      ...data.map((record) => ({ ...record })),
      ...failed.map(({ id, reason }) => ({ id, split: 'failed', reason })),
    ],
  };
}

/** How maps become objects; where nothing told, as it is where nobody chose, with the foreground's own threshold. */
function decodingOf({ decoding, threshold }: TrainingResult): DecodingSettings {
  return decoding?.settings ?? { ...DEFAULT_DECODING, foreground: threshold };
}

function evidenceOf({ meanAveragePrecision, averagePrecision, ofDefaults }: ChosenDecoding): Record<string, unknown> {
  const how =
    'best mean average precision, at overlaps of 0.5 to 0.9, of objects in images that the weights had not seen';
  return { how, meanAveragePrecision, averagePrecision, meanAveragePrecisionOfDefaults: ofDefaults };
}

/** The numbers of a training, for `msg.metrics` and the card. */
export interface TrainingMetrics {
  /** mean over the validation images; out of fold, of each by weights that had not seen it; null: no validation */
  validationDice: number | null;
  /** of new images; null: no validation */
  expected: ExpectedDice | null;
  /** of the model that it started from, on the same images; null: not compared */
  startDice: number | null;
  threshold: number;
  /** of objects in images that the weights had not seen, where they are told apart; absent: nothing told */
  objects?: Pick<ChosenDecoding, 'meanAveragePrecision' | 'averagePrecision'>;
  tiles: TileSize;
  /** where the moments of the norms come from */
  norms: 'training' | 'tile';
  perImage: ValidationResult['perImage'];
  /** mean of the last epoch; null: none was finished */
  loss: number | null;
  epochs: number;
  /** done in all */
  steps: number;
  /** the step that the weights are of */
  bestStep: number;
  seconds: number;
  ended: EndReason;
  /** trained on; each time point counts */
  images: number;
  validationImages: number;
  /** without foreground */
  emptyValidationImages: number;
  notes: string[];
  /** of the notes those that a person should see at once */
  warnings: string[];
  failed: Preparation['failed'];
  network: NetworkCost;
}

export function trainingMetrics(
  { failed, spec, plan, settings }: Preparation,
  result: TrainingResult,
): TrainingMetrics {
  const last = result.history.at(-1);
  return {
    validationDice: result.validation?.dice ?? null,
    expected: result.outcome?.expected ?? null,
    startDice: result.facts.startDice ?? null,
    threshold: result.threshold,
    ...(result.decoding ? { objects: precisionOf(result.decoding) } : {}),
    tiles: result.tiles,
    norms: result.moments ? 'training' : 'tile',
    perImage: result.validation?.perImage ?? [],
    loss: last?.loss ?? null,
    epochs: last?.epoch ?? 0,
    steps: result.steps,
    bestStep: result.step,
    seconds: result.seconds,
    ended: result.ended,
    images: result.facts.images,
    validationImages: result.facts.validationImages,
    emptyValidationImages: emptyImages(result),
    notes: result.facts.notes,
    warnings: result.facts.warnings ?? [],
    failed,
    network: networkCost(spec, patchSize(plan), settings.batchSize),
  };
}

function precisionOf({ meanAveragePrecision, averagePrecision }: ChosenDecoding): TrainingMetrics['objects'] {
  return { meanAveragePrecision, averagePrecision };
}

/** Images without foreground that it was judged by. */
function emptyImages({ validation }: TrainingResult): number {
  return validation?.perImage.filter(({ dice }) => dice === null).length ?? 0;
}

function selectionOf(preparation: Preparation, result: TrainingResult): Record<string, unknown> {
  const { split, settings } = preparation;
  const { outcome } = result;
  const words = isCrossFitted(split) ? outOfFoldWords(preparation, result) : heldOutWords(preparation, result);
  const level = split.folds ? { level: split.folds.level } : {};
  return {
    ...words,
    split: split.kind,
    ...level,
    fraction: settings.validation,
    ...outcome?.evidence,
    ...(result.decoding ? { objects: evidenceOf(result.decoding) } : {}),
    notes: result.facts.notes,
  };
}

function heldOutWords(preparation: Preparation, result: TrainingResult): Record<string, string> {
  const { split, samples } = preparation;
  const best = `best mean Dice on validation images${emptyImages(result) > 0 ? ', false positives of empty ones counted' : ''}`;
  const weights = result.validation
    ? `averaged weights of step ${result.step}, the ${best}`
    : `averaged weights of the last step (${result.step}); no validation`;
  const tiles = result.validation
    ? tilesWords(preparation, result, 'validation images')
    : 'as set; auto: near the patch';
  const isComparable = result.validation && canJudgeMoments({ split, samples });
  const judges = split.kind === 'blocks' ? 'blocks held out' : 'validation images';
  const norms = isComparable ? `compared on ${judges}` : 'of each tile: no other image to compare on';
  const threshold = result.validation ? best : 'fixed at 0.5';
  const expected = result.validation ? `of the ${judges} that chose step and threshold` : 'not known';
  return { weights, threshold, tiles, norms, expected };
}

function tilesWords(preparation: Preparation, { moments }: TrainingResult, judges: string): string {
  if (preparation.settings.tiles !== 'auto') return 'as set';
  const isCompared = tileSizes(moments ? 'training' : 'tile', preparation).length > 1;
  return isCompared ? `compared on ${judges}` : 'near the patch: parts of images tell nothing of large ones';
}

function outOfFoldWords(preparation: Preparation, result: TrainingResult): Record<string, string> {
  const { split, samples } = preparation;
  const weights = `averaged weights of the last step (${result.step})`;
  if (!result.validation) return { weights, threshold: 'fixed at 0.5', tiles: 'near the patch', norms: 'of each tile' };
  const judges = split.kind === 'folds' ? 'all images out of fold' : 'blocks out of fold';
  const isComparable = canJudgeMoments({ split, samples });
  const isCarried = result.outcome?.calibration != null;
  return {
    weights,
    threshold: isCarried
      ? 'best mean Dice that the calibrated model predicts of the training images'
      : `best mean Dice on ${judges}, shrunk towards 0.5 by how the folds differ`,
    tiles: tilesWords(preparation, result, judges),
    norms: isComparable ? `compared on ${judges}` : 'of each tile: no other image to compare on',
    mirror: `compared on the last fold's images where there was time`,
    calibration: isCarried
      ? 'of the model on what it learned from, and of folds on images that they had seen and the same unseen'
      : 'none: nothing tells how sure it is of other images',
    smallestObject: result.outcome?.smallestObject
      ? 'what is smaller is wrong out of fold: nine of ten objects at least, in every fold'
      : 'none: small objects are not wrong in every fold',
    expected: `of ${judges}, each at the threshold that the other folds choose${isCarried ? '; up to what the calibrated model predicts of them' : ''}`,
  };
}
