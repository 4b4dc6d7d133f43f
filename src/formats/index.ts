/** Reading and writing image files of every format through one interface; pixels by region, metadata in field terms. */
export { describeImage } from './describe-image';
export { checkUnchanged, fileVersion, pathOfImage } from './described-file';
export { IMAGE_EXTENSIONS, imageExtension, WRITE_FORMATS, type WriteFormat } from './extensions';
export { type ImageReader, openDescription, readAll } from './image-reader';
export { createImageWriter } from './image-writer';
export { openImage } from './open-image';
export { isOwnImage } from './own-mark';
export type { ImageSource, ImageWriter, SourceInfo, WriteInfo } from './source';
export { createLabelsWriter, findLabelsGroup, type LabelsGroup, listLeftLabels } from './zarr/image-labels';
