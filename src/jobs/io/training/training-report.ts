import { messageOf } from '../../../base/errors';
import type { ModelCard } from '../../../models/card';
import { judgedRows, type ScoredImages, type ScoreRow } from '../../../reports/scored-images';
import { softwareOf } from '../../../reports/software';
import { statisticOf } from '../../../reports/statistics';
import { type Language, reportTexts } from '../../../reports/texts';
import type { TrainingMatter } from '../../../reports/training-matter';
import { trainingReport } from '../../../reports/training-report';
import { isCrossFitted } from '../../../training/data/split';
import type { Preparation } from '../../../training/prepare';
import type { TrainingResult } from '../../../training/result';
import { TRAINING_DEFAULTS } from '../../../training/settings';
import type { JudgedImages } from './judged-images';

/**
 * Makes what writes a training's report once its version is known. What goes wrong with it costs no model.
 * @param failed is told why there is no report
 */
export function reportOfTraining(
  { failed: lost, split }: Preparation,
  result: TrainingResult,
  { judged, warnings, language }: { judged: JudgedImages; warnings: readonly string[]; language: Language },
  failed: (why: string) => void,
): (card: ModelCard) => string | null {
  return (card) => {
    try {
      const matter: TrainingMatter = {
        ...judged,
        isOfObjects: result.decoding !== undefined,
        isCrossFitted: isCrossFitted(split),
        expected: result.outcome?.expected ?? null,
        ...(result.decoding ? { objects: result.decoding } : {}),
        ...{ history: result.history, stages: result.plan.steps, seconds: result.seconds },
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

/** Gives what the model comes to on images that its weights had not learned from, means over those with foreground, by name. */
export function finalScores({ outcome }: TrainingResult, { rows }: ScoredImages): Map<string, number> {
  const judged = judgedRows(rows);
  const mean = (of: (row: ScoreRow) => number | null) =>
    statisticOf(judged.map((row) => ({ file: row.file, value: of(row) ?? undefined })))?.mean;
  const scores: [name: string, value: number | undefined][] = [
    ['expected Dice', outcome?.expected.dice],
    ['Dice', mean(({ dice }) => dice)],
    ['IoU', mean(({ iou }) => iou)],
    ['precision', mean(({ precision }) => precision)],
    ['recall', mean(({ recall }) => recall)],
    ['NSD', mean(({ nsd }) => nsd)],
    ['HD95', mean(({ hd95 }) => hd95)],
    ['object AP', mean(({ objectAp }) => objectAp)],
    ['object AP mean', mean(({ objectApMean }) => objectApMean)],
    ['ECE', mean(({ ece }) => ece)],
  ];
  return new Map(scores.filter((score): score is [string, number] => score[1] !== undefined));
}
