import { type Static, Type } from '#typebox';
import { keysOf } from '../base/collections';
import type { Progress, WorkContext } from '../base/long-work';
import { choice, integerOrBlank, numberOrBlank } from '../base/schema';
import { ModelRequestSchema } from '../models/wanted';
import { LOSSES, MODEL_SIZES } from '../network/spec';
import { LEVELS } from '../network/topology';

/** Tiles near the patch, or as large as memory allows. */
export const TILE_SIZES = ['patch', 'large'] as const;
export type TileSize = (typeof TILE_SIZES)[number];

/** Whether every object is told from the next one: auto where segmentations number objects that touch. */
export const OBJECTS = ['auto', 'on', 'off'] as const;

/** Whether a training begins with weights that the package brings: auto where there is time for few steps. */
export const STARTER = ['auto', 'always', 'never'] as const;

/** What a person sets of a training: limits and defaults. */
export const TrainSettingsSchema = Type.Object({
  /** name the new version is published under */
  model: Type.String(),
  dimensions: Type.Unsafe<'auto' | 2 | 3>({ enum: ['auto', 2, 3] }),
  /** absent, as earlier versions had it: auto */
  objects: Type.Optional(choice(OBJECTS, 'auto')),
  /** auto: medium, or small where there is time for few steps; of a model whose weights are the start, its own */
  modelSize: choice(['auto', ...keysOf(MODEL_SIZES)] as const, 'auto'),
  /** of the network; auto: as many as the patch carries */
  levels: Type.Unsafe<'auto' | (typeof LEVELS)[number]>({ enum: ['auto', ...LEVELS], default: 'auto' }),
  /** an epoch is images x perImage patches; null: as many as the minutes have room for */
  epochs: integerOrBlank({ minimum: 1 }),
  batchSize: Type.Integer({ minimum: 1, default: 2 }),
  learningRate: Type.Number({ exclusiveMinimum: 0, maximum: 1, default: 0.001 }),
  loss: choice(LOSSES, 'dice+bce'),
  /**
   * fraction of files held out; 0 keeps the averaged weights of the last step; null: a fifth of 12 files or more, fewer are
   * held out in turn, and then all are learned from
   */
  validation: numberOrBlank({ minimum: 0, exclusiveMaximum: 1 }),
  /** that the training is planned for; null: those that the epochs take, or where these are null too 10 */
  maxMinutes: numberOrBlank({ exclusiveMinimum: 0 }),
  /** epochs without a better validation Dice before stopping; null: never */
  patience: integerOrBlank({ minimum: 1 }),
  /** the model whose weights are the start */
  startFrom: Type.Union([ModelRequestSchema, Type.Null()]),
  /** whether a network begins with starter weights that fit it; auto: where there is time for few steps; absent, as earlier versions had it: auto */
  starter: Type.Optional(choice(STARTER, 'auto')),
  augment: Type.Boolean({ default: true }),
  /** how large the tiles of a prediction may be; auto: what the validation images say, else near the patch */
  tiles: choice(['auto', ...TILE_SIZES], 'auto'),
  seed: Type.Integer({ minimum: 0, default: 0 }),
});
export type TrainSettings = Static<typeof TrainSettingsSchema>;

/** What each setting is where nobody says anything. */
export const TRAINING_DEFAULTS: Readonly<Record<string, unknown>> = {
  ...{ dimensions: 'auto', startFrom: null },
  ...Object.fromEntries(
    Object.entries(TrainSettingsSchema.properties).flatMap(([name, property]) =>
      'default' in property ? [[name, property.default]] : [],
    ),
  ),
};

/** Where a training is that is judged by cross-fitting. */
export interface StageProgress {
  /** the fold that is held out, from 1; null: the last training, on all images */
  fold: number | null;
  folds: number;
  /** learned from in this stage */
  images: number;
}

/** `done` and `total` count steps. */
export interface TrainProgress extends Progress {
  /** epochs completed */
  epoch: number;
  step: number;
  /** absent: the training has one stage */
  stage?: StageProgress;
  /** mean of the epoch so far */
  loss: number;
  /** of the last validation; null before the first */
  validationDice: number | null;
  /** the epoch at whose end that validation was */
  validatedEpoch?: number;
  learningRate: number;
  seconds: number;
  /** estimated seconds to the end */
  remaining: number;
  /** the epoch has just ended; other reports come about once a second */
  epochEnd?: boolean;
  /** what a person should know at once, for example of a damaged checkpoint */
  warnings?: string[];
  /** the training's key, which its folder is named by */
  run?: string;
}

export interface TrainContext extends WorkContext<TrainProgress> {
  /** Set when the training shall end soon and keep the best so far. */
  stop?: AbortSignal;
  /** Told how to have the training save its state, at the end of the step under way, and go on. */
  offerSave?: (save: () => Promise<void>) => void;
}
