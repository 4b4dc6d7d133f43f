import { openBitmap } from './bitmap/bitmap-source';
import { openCzi } from './czi/czi-source';
import { isCzi } from './czi/file-header';
import { type ImageExtension, TIFF_EXTENSIONS } from './extensions';
import type { ImageSource, OpenOptions } from './source';
import { isTiff } from './tiff/header';
import { openTiff } from './tiff/tiff-source';
import { openZarr } from './zarr/zarr-source';

/** A format that can be opened. */
export interface ImageFormat {
  name: string;
  extensions: readonly ImageExtension[];
  /** whether a file that begins so is of this format */
  recognises(head: Uint8Array): boolean;
  open(path: string, options: OpenOptions): Promise<ImageSource>;
}

const startsWith = (bytes: readonly number[]) => (head: Uint8Array) => bytes.every((byte, i) => head[i] === byte);

/** Every format that is known, by signature and extension; a new one is a row. */
export const IMAGE_FORMATS: readonly ImageFormat[] = [
  { name: 'TIFF', extensions: TIFF_EXTENSIONS, recognises: isTiff, open: openTiff },
  { name: 'PNG', extensions: ['.png'], recognises: startsWith([0x89, 0x50, 0x4e, 0x47]), open: openBitmap },
  { name: 'JPEG', extensions: ['.jpg', '.jpeg'], recognises: startsWith([0xff, 0xd8, 0xff]), open: openBitmap },
  { name: 'CZI', extensions: ['.czi'], recognises: isCzi, open: openCzi },
  // A folder: told by its name or what lies in it (`isZarrFolder`).
  { name: 'OME-Zarr', extensions: ['.ome.zarr', '.zarr'], recognises: () => false, open: openZarr },
];
