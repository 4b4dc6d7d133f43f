import { Type } from '@sinclair/typebox';
import { choice, TEXT_TYPES, typed } from '../node-settings';

export const SaveImageSettings = Type.Object({
  /** name of the sample's image that is written */
  image: Type.String({ minLength: 1, default: 'mask' }),
  ...typed('folder', TEXT_TYPES, 'str'),
  /** blank: `<id>_<image>` and the format's extension */
  ...typed('filename', TEXT_TYPES, 'str'),
  format: choice(['ome-tiff', 'tiff', 'ome-zarr', 'ome-zarr-v2', 'png'], 'ome-tiff'),
  existing: choice(['error', 'replace', 'skip'], 'error'),
  compression: choice(['deflate', 'none', 'zstd'], 'deflate'),
  layout: choice(['auto', 'strips', 'tiles', 'pyramid'], 'auto'),
  /** whether a PNG rendering goes into the message */
  png: Type.Boolean({ default: false }),
  /** the message property that gets the PNG as Buffer */
  pngTo: Type.String({ minLength: 1, default: 'png' }),
});
