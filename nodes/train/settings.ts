import { Type } from '@sinclair/typebox';
import { choice, integerOrBlank, numberOrBlank, TEXT_TYPES, typed } from '../node-settings';

export const TrainNodeSettings = Type.Object({
  /** name the new version is published under */
  ...typed('model', TEXT_TYPES, 'str'),
  dimensions: choice(['auto', '2', '3'], 'auto'),
  modelSize: choice(['small', 'medium', 'large'], 'medium'),
  epochs: Type.Integer({ minimum: 1, default: 100 }),
  batchSize: Type.Integer({ minimum: 1, default: 2 }),
  learningRate: Type.Number({ exclusiveMinimum: 0, maximum: 1, default: 0.001 }),
  loss: choice(['dice+bce', 'dice'], 'dice+bce'),
  /** fraction of the files held out */
  validation: Type.Number({ minimum: 0, exclusiveMaximum: 1, default: 0.2 }),
  maxMinutes: numberOrBlank({ exclusiveMinimum: 0 }),
  /** epochs */
  patience: integerOrBlank({ minimum: 1 }),
  ...typed('startFrom', TEXT_TYPES, 'str'),
  augment: Type.Boolean({ default: true }),
  /** how large the tiles of a prediction may be */
  tiles: choice(['auto', 'patch', 'large'], 'auto'),
  seed: Type.Integer({ minimum: 0, default: 0 }),
  /** id of a compute node; blank: the defaults */
  compute: Type.String({ default: '' }),
});
export type TrainNodeSettings = (typeof TrainNodeSettings)['static'];
