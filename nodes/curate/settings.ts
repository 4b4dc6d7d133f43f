import { Type } from '#typebox';
import { choice } from '../../src/base/schema';
import { LoadImageSettings } from '../load-image/settings';
import { typed } from '../node-settings';

/** What a typed input offers for a folder that is needed before any message. */
export const FOLDER_TYPES = ['str', 'flow', 'global', 'env', 'jsonata'] as const;

const { settle: _, idsFrom: _from, idsFromType: _type, ...sources } = LoadImageSettings.properties;

export const CurateSettings = Type.Object({
  /** where decisions and copies of images are kept */
  ...typed('folder', FOLDER_TYPES, 'str'),
  /** finish: all when a person presses Finish; each: each as soon as it is decided */
  emit: choice(['finish', 'each'], 'finish'),
  /** each: seconds without a change before a decided sample goes on */
  quiet: Type.Number({ minimum: 0, default: 5 }),
  /** of the split in the tables */
  seed: Type.Integer({ minimum: 0, default: 0 }),
  /** of files in the tables: counted from their folder, or absolute, as Segmenter ML needs them */
  paths: choice(['relative', 'absolute'], 'relative'),
  /** whether samples that name their base, as those of Segmenter ML's tables do, count as used when they come */
  adopt: Type.Boolean({ default: false }),
  ...sources,
});
export type CurateSettings = (typeof CurateSettings)['static'];
