import { Type } from '#typebox';
import { choice } from '../../src/base/schema';
import { REGION_TYPES, typed } from '../node-settings';

export const MergeMasksSettings = Type.Object({
  /** blank: the sample's, else seg1 */
  base: choice(['', 'seg1', 'seg2'], ''),
  ...typed('regions', REGION_TYPES, 'msg', 'payload.mergeMask'),
});
