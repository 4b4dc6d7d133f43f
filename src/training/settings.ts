import type { Progress, WorkContext } from '../base/progress';
import type { ModelRequest } from '../models/wanted';
import type { Loss, ModelSize } from '../network/spec';

/** Tiles near the patch, or as large as memory allows. */
export type TileSize = 'patch' | 'large';

/** What a person sets of a training. */
export interface TrainSettings {
  /** name the new version is published under */
  model: string;
  dimensions: 'auto' | 2 | 3;
  modelSize: ModelSize;
  /** an epoch is images x perImage patches */
  epochs: number;
  batchSize: number;
  learningRate: number;
  loss: Loss;
  /** fraction of files held out; 0 keeps the averaged weights of the last step */
  validation: number;
  maxMinutes: number | null;
  /** epochs without a better validation Dice before stopping; null: never */
  patience: number | null;
  /** the model whose weights are the start */
  startFrom: ModelRequest | null;
  augment: boolean;
  /** how large the tiles of a prediction may be; auto: what the validation images say, else near the patch */
  tiles: 'auto' | TileSize;
  seed: number;
}

/** `done` and `total` count steps. */
export interface TrainProgress extends Progress {
  /** epochs completed */
  epoch: number;
  step: number;
  /** mean of the epoch so far */
  loss: number;
  /** of the last validation; null before the first */
  validationDice: number | null;
  learningRate: number;
  seconds: number;
  /** estimated seconds to the end */
  remaining: number;
  /** the epoch has just ended; other reports come about once a second */
  epochEnd?: boolean;
  /** what a person should know at once, for example of a damaged checkpoint */
  warnings?: string[];
}

export interface TrainContext extends WorkContext<TrainProgress> {
  /** Set when the training shall end soon and keep the best so far. */
  stop?: AbortSignal;
  /** Told how to have the training save its state, at the end of the step under way, and go on. */
  offerSave?: (save: () => Promise<void>) => void;
}
