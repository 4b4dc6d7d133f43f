import type { RandomAccessFile } from '../random-access-file';
import { walkDirectories } from './directory';
import { readHeader, type TiffFile } from './header';
import { type Page, readPage } from './page';
import { tagOfPages } from './page-texts';
import { TAG } from './tags';
import { refuseVendorFormats } from './vendor-formats';

/** What a TIFF file holds: its pages, and what its first directory says of them. */
export interface TiffDocument {
  tiff: TiffFile;
  /** all directories of the file's chain */
  pages: Page[];
  description: string;
  software: string;
  resolution: Resolution;
  /** what each page says of itself, and in which tag, in dialects whose pages do */
  texts: { tag: number; of: Map<Page, string> } | null;
}

/** Pixels per unit as the first page's tags state them; `unit` 1 none, 2 inch, 3 centimetre. */
export interface Resolution {
  x: number;
  y: number;
  unit: number;
}

/**
 * Reads a file's structure.
 * @throws CorruptFileError for a truncated or damaged file (never fewer pages), UnsupportedError naming what is not read
 */
export async function readDocument(file: RandomAccessFile): Promise<TiffDocument> {
  const tiff = readHeader(file);
  const document: TiffDocument = {
    tiff,
    pages: [],
    description: '',
    software: '',
    resolution: { x: 0, y: 0, unit: 1 },
    texts: null,
  };
  await walkDirectories(tiff, (directory, index) => {
    if (index === 0) {
      document.description = directory.text(TAG.ImageDescription) ?? '';
      document.software = directory.text(TAG.Software) ?? '';
      refuseVendorFormats(directory, document.description);
      const x = directory.number(TAG.XResolution, 0);
      const y = directory.number(TAG.YResolution, x);
      document.resolution = { x, y, unit: directory.number(TAG.ResolutionUnit, 2) };
      const tag = tagOfPages(directory, document.description);
      if (tag !== null) document.texts = { tag, of: new Map() };
    }
    const page = readPage(directory);
    document.pages.push(page);
    const text = document.texts && directory.text(document.texts.tag);
    if (text) document.texts?.of.set(page, text);
  });
  return document;
}
