import { Type } from '@sinclair/typebox';

export const EvaluateSettings = Type.Object({
  /** name of the sample's image that is judged */
  predicted: Type.String({ minLength: 1, default: 'mask' }),
  /** name of the image that is right; blank: target, else seg1 */
  truth: Type.String({ default: '' }),
});
