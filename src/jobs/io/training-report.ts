import { messageOf } from '../../base/errors';
import { overlapAt, overlapsOf } from '../../metrics/best-threshold';
import { calibrationBins } from '../../metrics/calibration-error';
import { overlapMetrics } from '../../metrics/overlap';
import type { ModelCard } from '../../models/card';
import { PICTURES_FOLDER, TRAINING_FILE, type TrainingFile } from '../../models/training-file';
import type { ShownPicture } from '../../reports/pictures';
import { softwareOf } from '../../reports/software';
import { type Language, reportTexts } from '../../reports/texts';
import type { PictureBytes } from '../../reports/training-events';
import type { JudgedImage, TrainingMatter } from '../../reports/training-matter';
import { trainingReport } from '../../reports/training-report';
import type { Preparation } from '../../training/prepare';
import type { TrainingResult } from '../../training/result';
import { TRAINING_DEFAULTS } from '../../training/settings';
import type { JudgedProbabilities } from '../../training/validation/outcome';

/** Of each kind: the lowest Dice, the middle, the highest. */
const PICTURES = 3;

/**
 * Makes what writes a training's report once its version is known. What goes wrong with it costs no model.
 * @param failed is told why there is no report
 */
export function reportOfTraining(
  { failed: lost, split }: Preparation,
  result: TrainingResult,
  {
    pictures,
    warnings,
    language,
  }: { pictures: readonly PictureBytes[]; warnings: readonly string[]; language: Language },
  failed: (why: string) => void,
): (card: ModelCard) => string | null {
  return (card) => {
    try {
      const matter: TrainingMatter = {
        judged: (result.outcome?.judged ?? []).map(judgedImage),
        isCrossFitted: split.kind === 'folds' || split.kind === 'block-folds',
        expected: result.outcome?.expected ?? null,
        ...(result.decoding ? { objects: result.decoding } : {}),
        ...{ history: result.history, stages: result.plan.steps, seconds: result.seconds },
        pictures: shownPictures(pictures),
        failed: lost.map(({ id, reason }) => ({ id, reason })),
        ...{ notes: result.facts.notes, warnings, software: softwareOf(), defaults: TRAINING_DEFAULTS },
      };
      return trainingReport(card, matter, reportTexts(language));
    } catch (error) {
      failed(`no report of the training: ${messageOf(error)}`);
      return null;
    }
  };
}

/** Finds the pictures among the files that tell of a training, see `TrainingLog.filesOf`. */
export function picturesIn(files: ReadonlyMap<string, string | Uint8Array>): PictureBytes[] {
  const { pictures } = JSON.parse(String(files.get(TRAINING_FILE))) as TrainingFile;
  return pictures.flatMap((picture) => {
    const png = files.get(`${PICTURES_FOLDER}/${picture.file}`);
    return png instanceof Uint8Array ? [{ ...picture, png: Buffer.from(png) }] : [];
  });
}

function judgedImage({ id, group, threshold, histogram }: JudgedProbabilities): JudgedImage {
  const { emptyReference, dice, iou, precision, recall } = overlapMetrics(overlapAt(histogram, threshold));
  return {
    ...{ id, file: group, threshold },
    scores: emptyReference ? null : { dice, iou, precision, recall },
    bins: calibrationBins(histogram),
    diceAt: overlapsOf(histogram).map((counts) => overlapMetrics(counts).dice),
  };
}

/** The last picture of each image that has a Dice. */
function shownPictures(pictures: readonly PictureBytes[]): ShownPicture[] {
  const last = new Map(pictures.map((picture) => [picture.id, picture]));
  const judged = [...last.values()].flatMap((picture) =>
    picture.dice === null ? [] : [{ id: picture.id, dice: picture.dice, png: picture.png, plane: null, missing: null }],
  );
  judged.sort((a, b) => a.dice - b.dice);
  const each = Math.min(PICTURES, Math.ceil(judged.length / 3));
  const middle = Math.floor((judged.length - each) / 2);
  const kindOf = (i: number): ShownPicture['kind'] | null => {
    if (i < each) return 'worst';
    if (i >= judged.length - each) return 'best';
    return i >= middle && i < middle + each ? 'median' : null;
  };
  return judged.flatMap((picture, i) => {
    const kind = kindOf(i);
    return kind ? [{ ...picture, kind }] : [];
  });
}
