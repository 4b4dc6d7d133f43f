import { Type } from '#typebox';
import { choice } from '../../src/base/schema';
import { OBJECTS, STARTER, TrainSettingsSchema } from '../../src/training/settings';
import { TEXT_TYPES, typed } from '../node-settings';

const {
  model: _model,
  startFrom: _start,
  dimensions: _dimensions,
  levels: _levels,
  objects: _objects,
  starter: _starter,
  ...common
} = TrainSettingsSchema.properties;

export const TrainNodeSettings = Type.Object({
  /** name the new version is published under */
  ...typed('model', TEXT_TYPES, 'str'),
  dimensions: choice(['auto', '2', '3'], 'auto'),
  levels: choice(['auto', '2', '3', '4', '5', '6'], 'auto'),
  objects: choice(OBJECTS, 'auto'),
  ...typed('startFrom', TEXT_TYPES, 'str'),
  ...common,
  starter: choice(STARTER, 'auto'),
  /** whether the model's name means the new version at once; else when a comparison or a person says so */
  takesOver: Type.Boolean({ default: true }),
  /** id of a compute node; blank: the defaults */
  compute: Type.String({ default: '' }),
});
export type TrainNodeSettings = (typeof TrainNodeSettings)['static'];
