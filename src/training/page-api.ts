import type { TrainingFile } from '../models/training-file';
import type { EpochRecord } from './history';
import type { StageProgress } from './settings';

/** What is heard of a training that goes on. */
export interface LiveReport {
  done: number;
  total: number;
  epoch: number;
  step: number;
  loss: number;
  validationDice: number | null;
  /** the epoch at whose end that validation was; null: none was */
  validatedEpoch: number | null;
  learningRate: number;
  seconds: number;
  /** estimated, to the end */
  remaining: number;
  stage: StageProgress | null;
  /** `onnx on cuda`; null: not known yet */
  place: string | null;
  /** it was told to finish */
  isEnding: boolean;
}

/** Trainings as the page lists them. */
export interface TrainingList {
  trainings: ShownTraining[];
  /** that go on and have not told of themselves yet */
  starting: Array<{ node: string; model: string; waitsFor: string | null }>;
  user: string | null;
  canWrite: boolean;
}

/** A training in a list. */
export interface ListedTraining extends Omit<TrainingFile, 'pictures' | 'pictureSeconds' | 'notes'> {
  /** `name@v3`, or `name@` and 16 digits of the run's key */
  id: string;
  version: string | null;
}

/** A training as the page lists it: `state` is `running` only while it goes on. */
export interface ShownTraining extends ListedTraining {
  /** of the train node, where it goes on */
  node: string | null;
}

/** Everything about one training. */
export interface TrainingView {
  id: string;
  version: string | null;
  training: TrainingFile;
  history: EpochRecord[];
  /** null: it does not go on */
  live: LiveReport | null;
}

/** What is new of a training that goes on. */
export interface TrainingNews {
  /** null: it does not go on any more */
  live: LiveReport | null;
  /** epochs after the step that was asked for, and the last that was judged */
  rows: EpochRecord[];
}
