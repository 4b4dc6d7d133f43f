import type { EpochRecord } from '../training/history';
import type { ExpectedDice } from '../trust/interval';
import type { ShownPicture } from './pictures';
import type { ScoredImages } from './scored-images';
import type { Software } from './software';

/** What the report of a training is made of beside the model's card. */
export interface TrainingMatter {
  /** out of fold or held out; no rows: no validation */
  scores: ScoredImages;
  /** images that were not compared by outlines and objects, those judged in part, and those whose objects are of a part */
  lacking: { maps: number; parts: number; objectParts: number };
  /** its network tells objects apart by distances */
  isOfObjects: boolean;
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
