import { Type } from '@sinclair/typebox';
import { REGION_TYPES, typed } from '../node-settings';

export const ExcludeRegionsSettings = Type.Object({
  ...typed('regions', REGION_TYPES, 'msg', 'payload.excludeMask'),
});
