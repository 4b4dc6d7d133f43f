import { CorruptFileError, UnsupportedError } from '../../base/errors';
import { codecOf } from './blocks/codecs';
import { LERC } from './blocks/geotiff';
import type { Directory, TiffFile } from './directory';
import { type SampleType, sampleType, typeName } from './sample-type';
import { PHOTOMETRIC, TAG } from './tags';

/** One page (directory): its pixel layout, and where its strips or tiles lie. */
export interface Page {
  tiff: TiffFile;
  /** for messages: `directory 3` */
  name: string;
  width: number;
  height: number;
  /** samples of a pixel */
  samples: number;
  /** each sample has blocks of its own (PlanarConfiguration 2) */
  planar: boolean;
  type: SampleType;
  compression: number;
  predictor: number;
  photometric: number;
  /** how viewers turn or mirror it, 1: not at all */
  orientation: number;
  /** what the samples beyond those of a colour are: 1 and 2 for transparency */
  extraSamples: number[];
  /** red, green and blue of each index, one list after the other; empty where there is no palette, or one of more than 8 bits */
  colourMap: Uint8Array<ArrayBuffer>;
  /** bits of each stored byte are reversed */
  lowBitFirst: boolean;
  jpegTables: Uint8Array<ArrayBuffer> | null;
  /** T4Options or T6Options of CCITT */
  faxOptions: number;
  /** what LERC blocks are compressed with again: 0 nothing, 1 Deflate, 2 Zstd */
  lercCompression: number;
  tiled: boolean;
  blockWidth: number;
  blockHeight: number;
  blocksAcross: number;
  blocksDown: number;
  /** place and stored length of each block: sample planes (if planar), rows of blocks, blocks; both 0: absent, reads as 0 */
  offsets: number[];
  counts: number[];
  /** blocks that lie somewhere but have no bytes: their pixels are 0 */
  emptied: number;
  /** blocks take more bytes than the file has, for some are one and the same, as blank tiles often are: keep them decoded */
  shared: boolean;
  /** offsets of this page's smaller versions, largest first */
  subDirectories: number[];
  /** these, once they were read */
  smaller?: Page[] | null;
  /** marked as a smaller version of another page */
  reduced: boolean;
  /** marked as the transparency of another page */
  transparency: boolean;
  /** it is one sample plane of another page */
  sampleOf?: { page: Page; sample: number };
  /** stands for a plane that the file leaves out */
  blank?: boolean;
}

const NOT_REAL_SIZE = 2 ** 31;
const MOST_TILE_BYTES = 2 ** 28;
/** Strips may be whole planes; zlib makes no more at a time. */
const MOST_STRIP_BYTES = 2 ** 31 - 1;
/** How often the stored bytes of different blocks may count a byte of the file: some state the size of the pixels. */
const COUNTED_AGAIN = 16;
/** Blocks of a page of which some may be one and the same. */
const MOST_SHARED = 2 ** 22;

/**
 * Reads a directory as a page and checks that every block lies within the file and is long enough for its pixels. Sizes
 * that cannot be meant are mended as other readers do: see {@link mendCount}.
 * @throws CorruptFileError, UnsupportedError
 */
export function readPage(directory: Directory): Page {
  const { path } = directory.tiff.file;
  const corrupt = (what: string) => new CorruptFileError(path, `${directory.name} ${what}`);
  const required = (tag: number, what: string): number => {
    const value = directory.number(tag, 0);
    if (!Number.isInteger(value) || value < 1 || value >= NOT_REAL_SIZE) throw corrupt(`states a ${what} of ${value}`);
    return value;
  };
  const width = required(TAG.ImageWidth, 'width');
  const height = required(TAG.ImageLength, 'height');
  const samples = directory.number(TAG.SamplesPerPixel, 1);
  if (samples < 1) throw corrupt('states 0 samples per pixel');
  const tiled = directory.has(TAG.TileWidth);
  const blockWidth = tiled ? required(TAG.TileWidth, 'tile width') : width;
  // RowsPerStrip is often written as 2^32 - 1, "all rows".
  const rows = tiled ? required(TAG.TileLength, 'tile length') : directory.number(TAG.RowsPerStrip, height);
  if (rows < 1) throw corrupt('states 0 rows per strip');
  const blockHeight = tiled ? rows : Math.min(rows, height);
  const kind = directory.number(TAG.NewSubfileType, 0);

  const page: Page = {
    tiff: directory.tiff,
    name: directory.name,
    width,
    height,
    samples,
    planar: samples > 1 && directory.number(TAG.PlanarConfiguration, 1) === 2,
    type: sampleType(directory, samples),
    compression: directory.number(TAG.Compression, 1),
    predictor: directory.number(TAG.Predictor, 1),
    photometric: photometricOf(directory),
    orientation: directory.number(TAG.Orientation, 1),
    extraSamples: directory.numbers(TAG.ExtraSamples),
    colourMap: colourMap(directory),
    lowBitFirst: directory.number(TAG.FillOrder, 1) === 2,
    jpegTables: directory.bytes(TAG.JPEGTables),
    faxOptions: directory.number(directory.number(TAG.Compression, 1) === 4 ? TAG.T6Options : TAG.T4Options, 0),
    lercCompression: directory.numbers(TAG.LercParameters)[1] ?? 0,
    tiled,
    blockWidth,
    blockHeight,
    blocksAcross: Math.ceil(width / blockWidth),
    blocksDown: Math.ceil(height / blockHeight),
    // Some list their tiles as strips.
    offsets: directory.numbers(tiled && directory.has(TAG.TileOffsets) ? TAG.TileOffsets : TAG.StripOffsets),
    counts: directory.numbers(tiled && directory.has(TAG.TileByteCounts) ? TAG.TileByteCounts : TAG.StripByteCounts),
    emptied: 0,
    shared: false,
    subDirectories: directory.numbers(TAG.SubIFDs).filter((offset) => offset !== 0),
    reduced: (kind & 1) !== 0,
    transparency: (kind & 4) !== 0,
  };
  checkSupported(page, path);
  checkBlocks(page);
  return page;
}

/** tifffile says of every boolean array that white is zero, where it means true by 1. */
function photometricOf(directory: Directory): number {
  const stated = directory.number(TAG.Photometric, 1);
  const isBit = stated === PHOTOMETRIC.whiteIsZero && directory.number(TAG.BitsPerSample, 1) === 1;
  return isBit && directory.text(TAG.Software)?.startsWith('tifffile') ? PHOTOMETRIC.blackIsZero : stated;
}

/** As many as 16-bit indices tell apart. */
const MOST_COLOURS = 2 ** 16;

/** Of 16-bit levels, as TIFF has them, the upper 8 bits. */
function colourMap(directory: Directory): Uint8Array<ArrayBuffer> {
  const isPalette = directory.number(TAG.Photometric, 1) === PHOTOMETRIC.palette;
  if (!isPalette || directory.count(TAG.ColorMap) > 3 * MOST_COLOURS) return new Uint8Array(0);
  return Uint8Array.from(directory.numbers(TAG.ColorMap), (level) => level >> 8);
}

/** Counts the bytes of one row of a decoded block. */
export function rowBytes(page: Page): number {
  return Math.ceil((page.blockWidth * (page.planar ? 1 : page.samples) * page.type.bits) / 8);
}

/** Counts the rows that block `index` holds: strips end with the image, tiles are always whole. */
export function blockRows(page: Page, index: number): number {
  if (page.tiled) return page.blockHeight;
  const down = Math.floor(index / page.blocksAcross) % page.blocksDown;
  return Math.min(page.blockHeight, page.height - down * page.blockHeight);
}

function checkSupported(page: Page, path: string): void {
  codecOf(page.compression, path);
  const unsupported = (what: string) => new UnsupportedError(path, `${page.name} ${what}`);
  const { kind, bits } = page.type;
  const jpeg = page.compression === 7;
  if (jpeg && (kind !== 'unsigned' || bits !== 8)) throw unsupported(`is JPEG with samples of ${typeName(page.type)}`);
  if (jpeg && page.planar && page.photometric === 6) throw unsupported('is planar YCbCr');
  if (!jpeg && page.photometric === 6) throw unsupported('is YCbCr without JPEG');
  const lerc = page.compression === LERC;
  if (lerc && page.predictor !== 1) throw unsupported('has a predictor on LERC, which predicts by itself');
  // libtiff swaps the numbers before they are encoded, other writers do not.
  if (lerc && bits > 8 && !page.tiff.littleEndian) throw unsupported('is LERC in a big-endian file');
  const webp = page.compression === 50001;
  if (webp && (kind !== 'unsigned' || bits !== 8 || page.planar || page.samples < 3 || page.samples > 4)) {
    throw unsupported(
      `is WebP with ${page.samples} samples of ${typeName(page.type)}; expected 3 or 4 of 8 bits, together`,
    );
  }
  const ccitt = page.compression >= 2 && page.compression <= 4;
  if (ccitt && (bits !== 1 || page.samples > 1)) throw unsupported(`is CCITT with samples of ${typeName(page.type)}`);
  if (![1, 2, 3].includes(page.predictor)) throw unsupported(`has the unknown predictor ${page.predictor}`);
  if (page.predictor === 3 && kind !== 'float') throw unsupported('has the floating point predictor on integers');
  if (page.predictor === 2 && ![8, 16, 32, 64].includes(bits)) {
    throw unsupported(`has the horizontal predictor on samples of ${typeName(page.type)}`);
  }
}

function checkBlocks(page: Page): void {
  const { path, size: fileSize } = page.tiff.file;
  const corrupt = (what: string) => new CorruptFileError(path, `${page.name} ${what}`);
  const unit = page.tiled ? 'tile' : 'strip';
  const blocks = page.blocksAcross * page.blocksDown * (page.planar ? page.samples : 1);
  if (page.offsets.length < blocks) throw corrupt(`needs ${blocks} ${unit}s but lists ${page.offsets.length}`);
  if (page.counts.length === 0 && page.compression === 1) {
    page.counts = page.offsets.map((_, i) => blockRows(page, i) * rowBytes(page));
  }
  // One block without a size: its decoder knows where it ends.
  if (page.counts.length === 0 && blocks === 1) page.counts = [Math.max(0, fileSize - page.offsets[0])];
  if (page.counts.length < blocks)
    throw corrupt(`lists ${page.offsets.length} ${unit}s but ${page.counts.length} sizes`);
  checkBlockSize(page, unit);
  const { expansion, name } = codecOf(page.compression, path);
  const row = rowBytes(page);
  let total = 0;
  for (let i = 0; i < blocks; i++) {
    mendCount(page, i, fileSize);
    const offset = page.offsets[i];
    const count = page.counts[i];
    if (offset === 0 && count === 0) continue;
    if (offset < 8 || offset + count > fileSize) {
      throw corrupt(
        `has ${unit} ${i} at bytes ${offset} to ${offset + count}, but the file has ${fileSize} bytes: truncated or damaged`,
      );
    }
    const needed = blockRows(page, i) * row;
    if (needed > count * expansion) {
      throw corrupt(`has ${count} bytes in ${unit} ${i}, too few for its ${needed} bytes of pixels (${name})`);
    }
    total += count;
  }
  if (total <= fileSize) return;
  page.shared = true;
  // Blocks that overlap would let a small file claim an image of any size; the same block again is decoded once.
  if (blocks > MOST_SHARED || bytesOfDistinct(page, blocks) > COUNTED_AGAIN * fileSize) {
    throw corrupt(`states ${total} bytes of pixels, but the file has ${fileSize}`);
  }
}

function bytesOfDistinct({ offsets, counts }: Page, blocks: number): number {
  const longest = new Map<number, number>();
  for (let i = 0; i < blocks; i++) longest.set(offsets[i], Math.max(counts[i], longest.get(offsets[i]) ?? 0));
  let total = 0;
  for (const count of longest.values()) total += count;
  return total;
}

function checkBlockSize(page: Page, unit: string): void {
  const { path } = page.tiff.file;
  const bytes = page.blockHeight * rowBytes(page);
  if (page.tiled && bytes > MOST_TILE_BYTES) {
    throw new CorruptFileError(path, `${page.name} states tiles of ${page.blockHeight} x ${page.blockWidth} pixels`);
  }
  const { most = MOST_STRIP_BYTES } = codecOf(page.compression, path);
  if (page.compression === 1 || bytes <= most) return;
  const what = `${page.name} has ${unit}s of ${bytes} bytes, compressed in one; at most ${most} are read`;
  throw new UnsupportedError(path, what);
}

/**
 * What a block's stored size must be where the stated one cannot be meant. A tile of no bytes is empty; so is a strip, but
 * an uncompressed one that the file has room for is as long as its pixels (libtiff reads both so). An uncompressed block
 * is no longer than its pixels, and no other reaches beyond the file where its decoder tells of one that was cut.
 */
function mendCount(page: Page, i: number, fileSize: number): void {
  const [offset, count] = [page.offsets[i], page.counts[i]];
  if (offset === 0) return;
  const plain = page.compression === 1;
  const needed = blockRows(page, i) * rowBytes(page);
  if (count === 0 && plain && !page.tiled && offset + needed <= fileSize) {
    page.counts[i] = needed;
  } else if (count === 0) {
    page.offsets[i] = 0;
    page.emptied++;
  } else if (plain) {
    page.counts[i] = Math.min(count, needed);
  } else if (!codecOf(page.compression, page.tiff.file.path).hidesCuts && offset < fileSize) {
    page.counts[i] = Math.min(count, fileSize - offset);
  }
}
