import type { CalibrationBin } from '../metrics/calibration-error';
import type { EpochRecord } from '../training/history';
import type { ExpectedDice } from '../trust/interval';
import type { ShownPicture } from './pictures';
import type { Software } from './software';

/** How an image was judged by weights that had not learned from it. */
export interface JudgedImage {
  id: string;
  /** what it is counted together with */
  file: string;
  threshold: number;
  /** null: it has no foreground, so that no Dice tells anything */
  scores: { dice: number; iou: number; precision: number; recall: number } | null;
  bins: readonly CalibrationBin[];
  diceAt: readonly number[];
}

/** What the report of a training is made of beside the model's card. */
export interface TrainingMatter {
  /** out of fold or held out; empty: no validation */
  judged: readonly JudgedImage[];
  /** each by the weights of a fold that had not seen it */
  isCrossFitted: boolean;
  expected: ExpectedDice | null;
  /** of objects in images that the weights had not seen, where they are told apart; absent: nothing told */
  objects?: { averagePrecision: number; meanAveragePrecision: number };
  history: readonly EpochRecord[];
  /** steps of each stage: of each fold, then on all images */
  stages: readonly number[];
  seconds: number;
  pictures: readonly ShownPicture[];
  failed: readonly { id: string; reason: string }[];
  notes: readonly string[];
  warnings: readonly string[];
  software: Software;
  /** of training settings */
  defaults: Readonly<Record<string, unknown>>;
}
