import { Type } from '#typebox';
import { numberOrBlank } from '../../src/base/schema';

export const EvaluateSettings = Type.Object({
  /** name of the sample's image that is judged; blank: mask, by its numbered objects where both sides have numbers */
  predicted: Type.String({ default: '' }),
  /** name of the image that is right; blank: target, else seg1 */
  truth: Type.String({ default: '' }),
  /** how far outlines may be apart and count as right (NSD), in micrometres, or pixels where no file states their size */
  tolerance: numberOrBlank({ exclusiveMinimum: 0 }),
  /** write a report of each sequence */
  report: Type.Boolean({ default: true }),
  /** path of the report; blank: in the scratch store */
  reportFile: Type.String({ default: '' }),
});
