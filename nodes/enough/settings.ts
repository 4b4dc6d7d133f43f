import { Type } from '#typebox';
import { choice } from '../../src/base/schema';
import { TEXT_TYPES, typed } from '../node-settings';

/** What may be counted over the images of a run. */
export const COUNTED = ['objects', 'images'] as const;

export const EnoughSettings = Type.Object({
  counted: choice(COUNTED, 'objects'),
  /** so many are enough */
  target: Type.Integer({ minimum: 1, maximum: 1_000_000_000, default: 1000 }),
  /** whose images are counted together */
  ...typed('run', TEXT_TYPES, 'msg', 'run'),
});
export type EnoughSettings = (typeof EnoughSettings)['static'];
