import { Type } from '#typebox';
import { FEWEST_FILES } from '../../src/trust/comparison';
import { TEXT_TYPES, typed } from '../node-settings';

export const CompareModelsSettings = Type.Object({
  /** the one in use: what its name means */
  ...typed('model', TEXT_TYPES, 'str'),
  /** the one that it is compared with; blank: the newest version of the first */
  ...typed('challenger', TEXT_TYPES, 'str'),
  /** name of the image that is right; blank: target, else seg1, else none */
  truth: Type.String({ default: '' }),
  /** whether the first's name means the challenger from then on, where it is better */
  takesOver: Type.Boolean({ default: false }),
  /** files with a truth that it takes to say which is better */
  fewestFiles: Type.Integer({ minimum: 2, default: FEWEST_FILES }),
  /** id of a compute node; blank: the defaults */
  compute: Type.String({ default: '' }),
});
export type CompareModelsSettings = (typeof CompareModelsSettings)['static'];
