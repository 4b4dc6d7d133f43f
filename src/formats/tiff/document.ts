import type { RandomAccessFile } from '../random-access-file';
import { walkDirectories } from './directory';
import { readHeader, type TiffFile } from './header';
import { type Page, readPage } from './page';
import { TAG } from './tags';
import { refuseVendorFormats } from './vendor-formats';

/** What a TIFF file holds: its pages, and what its first directory says of them. */
export interface TiffDocument {
  tiff: TiffFile;
  /** all directories of the file's chain */
  pages: Page[];
  description: string;
  /** pixels per unit; `unit` 1 none, 2 inch, 3 centimetre */
  resolution: { x: number; y: number; unit: number };
}

/**
 * Reads a file's structure.
 * @throws CorruptFileError for a truncated or damaged file (never fewer pages), UnsupportedError naming what is not read
 */
export async function readDocument(file: RandomAccessFile): Promise<TiffDocument> {
  const tiff = readHeader(file);
  const document: TiffDocument = { tiff, pages: [], description: '', resolution: { x: 0, y: 0, unit: 1 } };
  await walkDirectories(tiff, (directory, index) => {
    if (index === 0) {
      document.description = directory.text(TAG.ImageDescription) ?? '';
      refuseVendorFormats(directory, document.description);
      const x = directory.number(TAG.XResolution, 0);
      const y = directory.number(TAG.YResolution, x);
      document.resolution = { x, y, unit: directory.number(TAG.ResolutionUnit, 2) };
    }
    document.pages.push(readPage(directory));
  });
  return document;
}
