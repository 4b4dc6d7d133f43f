/** Reading and writing image files of every format through one interface; pixels by region, metadata in field terms. */
export { describeImage } from './describe-image';
export { IMAGE_EXTENSIONS, imageExtension } from './extensions';
export { checkUnchanged, fileVersion } from './file-version';
export { type ImageReader, openDescription, readAll } from './image-reader';
export { createImageWriter } from './image-writer';
export { openImage } from './open-image';
export { pathOfImage } from './path-of-image';
export type { ImageSource, ImageWriter, SourceInfo, WriteInfo } from './source';
export { WRITE_FORMATS, type WriteFormat } from './write-formats';
