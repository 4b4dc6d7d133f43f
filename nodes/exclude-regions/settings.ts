import { Type } from '#typebox';
import { choice } from '../../src/base/schema';
import { REGION_TYPES, typed } from '../node-settings';

export const ExcludeRegionsSettings = Type.Object({
  ...typed('regions', REGION_TYPES, 'msg', 'payload.excludeMask'),
  /** outside: what is inside the regions is excluded; inside: all else is, as where they show what somebody looked at */
  counts: choice(['outside', 'inside'], 'outside'),
});
