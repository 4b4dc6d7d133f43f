import { Type } from '#typebox';
import { SaveSettingsSchema } from '../../src/jobs/settings';
import { TEXT_TYPES, typed } from '../node-settings';

const { folder: _folder, filename: _filename, ...common } = SaveSettingsSchema.properties;

export const SaveImageSettings = Type.Object({
  /** name of the sample's image that is written */
  image: Type.String({ minLength: 1, default: 'mask' }),
  ...typed('folder', TEXT_TYPES, 'str'),
  /** blank: `<id>_<image>` and the format's extension */
  ...typed('filename', TEXT_TYPES, 'str'),
  ...common,
  /** also write how it came about, to a file beside it */
  provenance: Type.Boolean({ default: true }),
  /** save again what lies there already */
  force: Type.Boolean({ default: false }),
  /** the message property that gets the PNG as Buffer */
  pngTo: Type.String({ minLength: 1, default: 'png' }),
});
