import { Type } from '@sinclair/typebox';
import { THRESHOLD_METHODS } from '../../src/thresholding/methods';
import { choice, NUMBER_TYPES, typed } from '../node-settings';

export const ThresholdSettings = Type.Object({
  /** name of the sample's image that is compared */
  from: Type.String({ minLength: 1, default: 'probability' }),
  method: choice(THRESHOLD_METHODS, 'model'),
  ...typed('value', NUMBER_TYPES, 'num', '0.5'),
  /** pixels; smaller objects go */
  minSize: Type.Integer({ minimum: 0, default: 0 }),
  fillHoles: Type.Boolean({ default: false }),
  label: Type.Boolean({ default: false }),
  connectivity: choice(['faces', 'full'], 'faces'),
});
