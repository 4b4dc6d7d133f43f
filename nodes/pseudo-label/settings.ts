import { Type } from '#typebox';
import { numberOrBlank } from '../../src/base/schema';
import { TEXT_TYPES, typed } from '../node-settings';

export const PseudoLabelSettings = Type.Object({
  /** name of the sample's map of probabilities */
  from: Type.String({ minLength: 1, default: 'probability' }),
  /** the model that made the map, whose threshold lies between sure background and foreground */
  ...typed('model', TEXT_TYPES, 'msg', 'model'),
  /** background is sure up to this probability; blank: 0.1, or what the model's calibration or threshold says where that is less */
  low: numberOrBlank({ minimum: 0, maximum: 1 }),
  /** foreground is sure from this on; blank: 0.9, or what the model's calibration or threshold says where that is more */
  high: numberOrBlank({ minimum: 0, maximum: 1 }),
});
