import { mean } from '../base/numbers';
import type { ObjectErrors, ObjectMetrics } from './object-matching';
import type { OverlapCounts, OverlapMetrics } from './overlap';
import type { SurfaceAgreement } from './surface-agreement';

/** What one compared sample scored, or why it could not be compared. */
export type SampleScore =
  | {
      id: string;
      counts: OverlapCounts;
      overlap: OverlapMetrics;
      objects?: ObjectMetrics & Partial<ObjectErrors> & { apMean?: number };
      /** absent, or null: not compared */
      surface?: SurfaceAgreement | null;
      /** of the probability map; absent, or null: there is none */
      ece?: number | null;
      /** Dice that was expected before there was a truth */
      predictedDice?: number;
    }
  | { id: string; failed: { node: string; error: { name: string; code: string; message: string } } };

type Scored = Extract<SampleScore, { overlap: OverlapMetrics }>;
type Failed = Extract<SampleScore, { failed: unknown }>;

/** The numbers of which a summary has the mean. */
interface MeanScores {
  dice: number;
  iou: number;
  precision: number;
  recall: number;
  /** of the samples with objects compared; absent without any */
  objectAp?: number;
  objectPrecision?: number;
  objectRecall?: number;
  objectF1?: number;
  objectApMean?: number;
  panopticQuality?: number;
  /** of the samples with surfaces compared; absent without any */
  nsd?: number;
  /** of the samples where it is finite, see `infiniteHd95`; absent without any */
  hd95?: number;
  /** of the samples with a probability map; absent without any */
  ece?: number;
}

/** The objects of all samples counted together: each object counts the same, in whatever image it lies. */
export interface PooledObjects extends ObjectErrors {
  truePositive: number;
  falsePositive: number;
  falseNegative: number;
  averagePrecision: number;
  f1: number;
  meanMatchedIou: number;
  panopticQuality: number;
}

export interface Summary {
  /** samples compared */
  count: number;
  /** samples that could not be compared; they are in no mean, so a good mean with failures is no good result */
  failed: { id: string; node: string; message: string }[];
  /** over all compared samples; null without any */
  mean: MeanScores | null;
  /** over the samples whose truth is not empty; null without any */
  meanNonEmpty: MeanScores | null;
  /** null where no objects were compared */
  objects: PooledObjects | null;
  emptyReferences: number;
  /** of these the samples in which something was found all the same */
  emptyWithFindings: number;
  /** samples with an infinite HD95, as only the truth or only the prediction has a surface; they are in no mean of it */
  infiniteHd95: number;
  /** how far expected Dice were from these; null where none was expected */
  predicted: { count: number; meanAbsoluteDifference: number } | null;
  /** what the means hide */
  notes: string[];
  /** the compared sample of the smallest Dice, the first of several */
  worst: { id: string; dice: number } | null;
  csv: string;
}

/** Computes mean, worst and failed of the samples of a sequence, and a table of them as CSV. */
export function summarise(scores: readonly SampleScore[]): Summary {
  const scored = scores.filter(isScored);
  const nonEmpty = scored.filter((score) => !score.overlap.emptyReference);
  const empty = scored.filter((score) => score.overlap.emptyReference);
  const found = empty.filter((score) => score.counts.falsePositive > 0).length;
  const worst = scored.reduce<Scored | null>(
    (low, score) => (low && low.overlap.dice <= score.overlap.dice ? low : score),
    null,
  );
  return {
    count: scored.length,
    failed: scores
      .filter((score): score is Failed => !isScored(score))
      .map(({ id, failed }) => ({ id, node: failed.node, message: failed.error.message })),
    mean: meanScores(scored),
    meanNonEmpty: meanScores(nonEmpty),
    objects: pooledObjects(scored.flatMap(({ objects }) => objects ?? [])),
    emptyReferences: empty.length,
    emptyWithFindings: found,
    infiniteHd95: scored.filter(({ surface }) => surface?.hd95 === null).length,
    predicted: predictedScores(scored),
    notes: empty.length > 0 ? [emptyNote(empty.length, found, scored.length)] : [],
    worst: worst && { id: worst.id, dice: worst.overlap.dice },
    csv: scoresToCsv(scores),
  };
}

/** A Dice of 1 for finding nothing where nothing is may hide that nothing is found anywhere. */
function emptyNote(empty: number, found: number, all: number): string {
  return `the truth of ${empty} of ${all} samples is empty, and something was found in ${found} of these: in mean each of them counts 1 or 0, in meanNonEmpty not at all`;
}

const COLUMNS: Readonly<Record<string, (score: Scored) => string | number | boolean | null | undefined>> = {
  dice: ({ overlap }) => overlap.dice,
  iou: ({ overlap }) => overlap.iou,
  precision: ({ overlap }) => overlap.precision,
  recall: ({ overlap }) => overlap.recall,
  true_positive: ({ counts }) => counts.truePositive,
  false_positive: ({ counts }) => counts.falsePositive,
  false_negative: ({ counts }) => counts.falseNegative,
  true_negative: ({ counts }) => counts.trueNegative,
  empty_reference: ({ overlap }) => overlap.emptyReference,
  object_ap: ({ objects }) => objects?.averagePrecision,
  object_precision: ({ objects }) => objects?.precision,
  object_recall: ({ objects }) => objects?.recall,
  object_f1: ({ objects }) => objects?.f1,
  objects_true_positive: ({ objects }) => objects?.truePositive,
  objects_false_positive: ({ objects }) => objects?.falsePositive,
  objects_false_negative: ({ objects }) => objects?.falseNegative,
  predicted_dice: ({ predictedDice }) => predictedDice,
  object_ap_mean: ({ objects }) => objects?.apMean,
  panoptic_quality: ({ objects }) => objects?.panopticQuality,
  nsd: ({ surface }) => surface?.nsd,
  hd95: ({ surface }) => surface && (surface.hd95 ?? 'inf'),
  mean_surface_distance: ({ surface }) => surface && (surface.meanDistance ?? 'inf'),
  ece: ({ ece }) => ece,
  mean_matched_iou: ({ objects }) => objects?.meanMatchedIou,
  splits: ({ objects }) => objects?.splits,
  merges: ({ objects }) => objects?.merges,
  count_error: ({ objects }) => objects?.countError,
};

/**
 * Writes one line a sample in the order given, numbers in full; a failed sample has its reason in the last column only.
 */
export function scoresToCsv(scores: readonly SampleScore[]): string {
  const columns = Object.values(COLUMNS);
  const lines = scores.map((score) =>
    isScored(score)
      ? [score.id, ...columns.map((value) => value(score)), '']
      : [score.id, ...columns.map(() => ''), `${score.failed.node}: ${score.failed.error.message}`],
  );
  return toCsv([['id', ...Object.keys(COLUMNS), 'failed'], ...lines]);
}

/** Rows as CSV (RFC 4180, lines end with a newline): a field with comma, quote or line break is quoted. */
export function toCsv(rows: readonly (readonly (string | number | boolean | null | undefined)[])[]): string {
  return rows.map((row) => `${row.map(csvField).join(',')}\n`).join('');
}

function csvField(value: string | number | boolean | null | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function isScored(score: SampleScore): score is Scored {
  return 'overlap' in score;
}

function meanScores(scores: readonly Scored[]): MeanScores | null {
  if (scores.length === 0) return null;
  const overlaps = scores.map((score) => score.overlap);
  const objects = scores.flatMap((score) => score.objects ?? []);
  const surfaces = scores.flatMap((score) => score.surface ?? []);
  return {
    dice: mean(overlaps.map((o) => o.dice)),
    iou: mean(overlaps.map((o) => o.iou)),
    precision: mean(overlaps.map((o) => o.precision)),
    recall: mean(overlaps.map((o) => o.recall)),
    ...meanOfAny(
      'objectAp',
      objects.map((o) => o.averagePrecision),
    ),
    ...meanOfAny(
      'objectPrecision',
      objects.map((o) => o.precision),
    ),
    ...meanOfAny(
      'objectRecall',
      objects.map((o) => o.recall),
    ),
    ...meanOfAny(
      'objectF1',
      objects.map((o) => o.f1),
    ),
    ...meanOfAny(
      'objectApMean',
      objects.flatMap((o) => o.apMean ?? []),
    ),
    ...meanOfAny(
      'panopticQuality',
      objects.map((o) => o.panopticQuality),
    ),
    ...meanOfAny(
      'nsd',
      surfaces.map((s) => s.nsd),
    ),
    ...meanOfAny(
      'hd95',
      surfaces.flatMap((s) => s.hd95 ?? []),
    ),
    ...meanOfAny(
      'ece',
      scores.flatMap((score) => score.ece ?? []),
    ),
  };
}

function pooledObjects(images: ReadonlyArray<ObjectMetrics & Partial<ObjectErrors>>): PooledObjects | null {
  if (images.length === 0) return null;
  const sum = (of: (objects: (typeof images)[number]) => number) => images.reduce((all, image) => all + of(image), 0);
  const truePositive = sum((o) => o.truePositive);
  const falsePositive = sum((o) => o.falsePositive);
  const falseNegative = sum((o) => o.falseNegative);
  const iou = sum((o) => o.meanMatchedIou * o.truePositive);
  const all = truePositive + falsePositive + falseNegative;
  const share = (part: number, whole: number) => (all === 0 ? 1 : whole === 0 ? 0 : part / whole);
  return {
    truePositive,
    falsePositive,
    falseNegative,
    averagePrecision: share(truePositive, all),
    f1: share(2 * truePositive, all + truePositive),
    meanMatchedIou: share(iou, truePositive),
    panopticQuality: share(2 * iou, all + truePositive),
    splits: sum((o) => o.splits ?? 0),
    merges: sum((o) => o.merges ?? 0),
    countError: falsePositive - falseNegative,
  };
}

/** Nothing where there is nothing to have a mean of. */
function meanOfAny(name: keyof MeanScores, values: readonly number[]): Partial<MeanScores> {
  return values.length === 0 ? {} : { [name]: mean(values) };
}

function predictedScores(scores: readonly Scored[]): Summary['predicted'] {
  const differences = scores.flatMap(({ predictedDice, overlap }) =>
    predictedDice === undefined ? [] : [Math.abs(predictedDice - overlap.dice)],
  );
  if (differences.length === 0) return null;
  return { count: differences.length, meanAbsoluteDifference: mean(differences) };
}
