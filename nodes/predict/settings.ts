import { Type } from '#typebox';
import { TEXT_TYPES, typed } from '../node-settings';

export const PredictSettings = Type.Object({
  ...typed('model', TEXT_TYPES, 'msg', 'model'),
  /** name of the sample's image that is predicted from */
  from: Type.String({ minLength: 1, default: 'raw' }),
  /** of neighbouring tiles, as a fraction of their size */
  overlap: Type.Number({ minimum: 0, maximum: 0.9, default: 0.25 }),
  /** average the predictions of all mirrorings of each tile */
  mirror: Type.Boolean({ default: false }),
  /** predict on pixels of the size that the model was trained at */
  rescale: Type.Boolean({ default: false }),
  /** do again what was done before */
  force: Type.Boolean({ default: false }),
  /** id of a compute node; blank: the defaults */
  compute: Type.String({ default: '' }),
});
