import { Type } from '#typebox';
import { choice, integerOrBlank } from '../../src/base/schema';
import { PAGE_AXES } from '../../src/image/description';
import { TEXT_TYPES, typed } from '../node-settings';

export const LoadImageSettings = Type.Object({
  ...typed('raw', TEXT_TYPES, 'str'),
  ...typed('seg1', TEXT_TYPES, 'str'),
  ...typed('seg2', TEXT_TYPES, 'str'),
  ...typed('mergeMask', TEXT_TYPES, 'str'),
  ...typed('excludeMask', TEXT_TYPES, 'str'),
  ...typed('manifest', TEXT_TYPES, 'str'),
  /** whether raw images without a segmentation are left out where one is asked for, instead of refused */
  leaveOut: Type.Boolean({ default: false }),
  /** a number, a name, a list of these, or blank for all */
  rawChannel: Type.String({ default: '0' }),
  seg1Channel: Type.String({ default: '0' }),
  seg2Channel: Type.String({ default: '0' }),
  /** what is foreground: `non-zero`, `2`, `1, 3`, `> 0`, `not 1`; blank: the file tells */
  foreground: Type.String({ default: '' }),
  /** of seg2; blank: the same */
  seg2Foreground: Type.String({ default: '' }),
  /** values that mean "nobody said what is there", written as those of foreground; blank: none */
  unknown: Type.String({ default: '' }),
  /** of seg2; blank: the same; `none`: it has none */
  seg2Unknown: Type.String({ default: '' }),
  /** blank: each scene is a sample */
  scene: integerOrBlank({ minimum: 0 }),
  /** what the pages of TIFF files are taken for; auto: what each file says */
  pages: choice(['auto', ...PAGE_AXES], 'auto'),
  /** time points as numbers and ranges; blank: all */
  time: Type.String({ default: '' }),
  rawSuffix: Type.String({ default: '' }),
  seg1Suffix: Type.String({ default: '' }),
  seg2Suffix: Type.String({ default: '' }),
  mergeMaskSuffix: Type.String({ default: '' }),
  excludeMaskSuffix: Type.String({ default: '' }),
  /** a folder above the raw images: ids are paths below it; blank: below the folder that Raw names */
  ...typed('idsFrom', TEXT_TYPES, 'str'),
  /**
   * milliseconds a file must keep its size before it is read; blank: 500 for a file named by a message, less where its
   * structure shows that it is whole, else 0
   */
  settle: integerOrBlank({ minimum: 0 }),
});
export type LoadImageSettings = (typeof LoadImageSettings)['static'];
