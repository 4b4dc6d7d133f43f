import { UnsupportedError } from '../../base/errors';
import type { RandomAccessFile } from '../random-access-file';
import { type Directory, readHeader, type TiffFile, walkDirectories } from './directory';
import { type Page, readPage } from './page';
import { TAG } from './tags';

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

/**
 * The tag whose text each page is kept with: what tells its pages apart in the dialects that say it page by page. Null
 * where the first directory says it for all.
 * @param description of the first directory
 */
function tagOfPages(first: Directory, description: string): number | null {
  if (/^(ImageJ|SCIFIO)=/.test(description)) return null;
  if (first.has(TAG.MicroManager)) return TAG.MicroManager;
  const tifffile = description.startsWith('{') && description.includes('"shape"');
  if (tifffile || description.includes(QPTIFF_ROOT)) return TAG.ImageDescription;
  return first.has(TAG.PageName) ? TAG.PageName : null;
}

/** The root of the XML that each page of a QPTIFF has. */
export const QPTIFF_ROOT = 'PerkinElmer-QPI-ImageDescription';

interface VendorFormat {
  name: string;
  tag?: number;
  description?: RegExp;
  /** how many planes lie behind the first directory, where one is no reason to refuse */
  planes?: (first: Directory) => number;
}

/** Formats that look like TIFF but hide planes, axes or mosaics in places of their own, told by a tag or a text. */
const REFUSED: readonly VendorFormat[] = [
  { name: 'Zeiss LSM', tag: TAG.ZeissLsm },
  { name: 'MetaMorph stack (STK)', tag: TAG.MetaMorphStack, planes: (first) => first.count(TAG.MetaMorphStack) },
  { name: 'NIH Image stack', tag: TAG.NihImage, planes: nihPlanes },
  { name: 'Opera Flex', tag: TAG.OperaFlex },
  { name: 'Olympus FluoView', tag: TAG.FluoView },
  { name: 'Hamamatsu NDPI', tag: TAG.HamamatsuNdpi },
  { name: 'Leica SCN', description: /<scn[\s>]/ },
  { name: 'Ventana BIF', description: /<iScan[\s>]/i },
];

/**
 * Read as plain TIFF these would give wrong axes or fewer planes without a word.
 * @throws UnsupportedError naming the format
 */
function refuseVendorFormats(first: Directory, description: string): void {
  for (const { name, tag, description: pattern, planes } of REFUSED) {
    if (planes && (tag === undefined || !first.has(tag) || planes(first) <= 1)) continue;
    if ((tag !== undefined && first.has(tag)) || pattern?.test(description)) {
      throw new UnsupportedError(first.tiff.file.path, `is a ${name} image; convert it to OME-TIFF`);
    }
  }
}

/** The number of slices in NIH Image's header, which is big-endian in any file. */
function nihPlanes(first: Directory): number {
  const header = first.bytes(TAG.NihImage);
  return header && header.length >= NIH_SLICES + 2 ? header[NIH_SLICES] * 256 + header[NIH_SLICES + 1] : 0;
}

const NIH_SLICES = 260;

/** Reads the lines `key = value` of a text, in any style of line ends; a key that comes again keeps its first value. */
export function keyValues(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/[\r\n]/)) {
    const at = line.indexOf('=');
    const key = line.slice(0, Math.max(0, at)).trim();
    if (key !== '' && !values.has(key)) values.set(key, line.slice(at + 1).trim());
  }
  return values;
}
