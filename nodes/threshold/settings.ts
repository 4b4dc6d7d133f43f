import { Type } from '#typebox';
import { ThresholdSettingsSchema } from '../../src/jobs/settings';
import { NUMBER_TYPES, TEXT_TYPES, typed } from '../node-settings';

const { value: _, ...common } = ThresholdSettingsSchema.properties;

export const ThresholdNodeSettings = Type.Object({
  /** name of the sample's image that is compared */
  from: Type.String({ minLength: 1, default: 'probability' }),
  ...typed('value', NUMBER_TYPES, 'num', '0.5'),
  /** whose threshold method `model` takes */
  ...typed('model', TEXT_TYPES, 'msg', 'model'),
  ...common,
  /** do again what was done before */
  force: Type.Boolean({ default: false }),
});
