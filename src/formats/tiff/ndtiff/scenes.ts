import { groupBy } from '../../../base/collections';
import { CorruptFileError, UnsupportedError } from '../../../base/errors';
import { eventLoopTurn } from '../../../base/long-work';
import { isRecord } from '../../../base/plain-json';
import type { RandomAccessFile } from '../../random-access-file';
import { type PlacedPage, placedScenes, placeOf, strangeAxes } from '../dialects/placed-pages';
import { readDirectory, readHeader, type TiffFile } from '../directory';
import { type Page, readPage } from '../page';
import { arrangePages } from '../page-axes';
import type { SampleType } from '../sample-type';
import type { TiffScene } from '../scene';
import type { SiblingFiles } from '../sibling-files';
import { PHOTOMETRIC } from '../tags';
import type { IndexEntry, NdTiffIndex } from './index-file';

/** How pixels are stored by the index's number: 10, 11, 12 and 14 bits take 16 each. */
const PIXEL_TYPES: Record<number, { bits: 8 | 16; samples: number }> = {
  0: { bits: 8, samples: 1 },
  1: { bits: 16, samples: 1 },
  2: { bits: 8, samples: 3 },
  3: { bits: 16, samples: 1 },
  4: { bits: 16, samples: 1 },
  5: { bits: 16, samples: 1 },
  6: { bits: 16, samples: 1 },
};

const LARGEST_SIDE = 2 ** 31 - 1;
const MOST_METADATA = 2 ** 20;
const SUMMARY_MARK = 2355492;
/** Planes after which other work of the process has its turn. */
const BETWEEN_TURNS = 4096;

/**
 * Gives the images of an NDTiff data set by its index, which knows every plane of every file, and of planes that were taken twice
 * the last; positions (and tiles of a grid) are images of their own.
 * @param main a file of the set, open
 * @throws CorruptFileError, UnsupportedError naming file and entry; SegmenterError `not-found` where a file of the set is missing
 */
export async function ndTiffScenes(
  main: RandomAccessFile,
  mainName: string,
  { entries, unfinished }: NdTiffIndex,
  siblings: SiblingFiles,
): Promise<TiffScene[]> {
  const byFile = groupBy(entries, ({ file }) => file);
  const pageOf = new Map<IndexEntry, PlacedPage>();
  let zStep: number | null = null;
  for (const [name, own] of byFile) {
    const read = async (file: RandomAccessFile): Promise<void> => {
      zStep ??= statedStep(file);
      for (const [entry, page] of placedPages(own, file)) {
        pageOf.set(entry, page);
        if (pageOf.size % BETWEEN_TURNS === 0) await eventLoopTurn();
      }
    };
    if (name === mainName) await read(main);
    else await siblings.use(name, read);
  }
  const placed = entries.flatMap((entry) => pageOf.get(entry) ?? []);
  const strange = strangeAxes(placed);
  const scenes = strange === undefined ? placedScenes(placed, zStep) : null;
  const why = `is an NDTiff file ${strange ?? 'whose planes do not fit together'}`;
  const found = scenes ?? [
    unarranged(
      placed.map(({ page }) => page),
      why,
    ),
  ];
  const notes = unfinished ? ['the writer of the data set did not come to its end: planes may be missing'] : [];
  return found.map((scene) => ({ ...scene, format: 'ndtiff', notes }));
}

/** Pages that nobody can arrange, as planes of one axis, to be named by a person. */
function unarranged(pages: Page[], why: string): TiffScene {
  return {
    format: 'ndtiff',
    ...arrangePages(pages, [{ axis: 'z', size: pages.length }]),
    channelNames: [],
    pixelSize: null,
    unclear: { why, refused: true },
  };
}

/** The pages of one file; what the program wrote of them is read once a channel and position. */
function* placedPages(entries: readonly IndexEntry[], file: RandomAccessFile): Generator<[IndexEntry, PlacedPage]> {
  const tiff = readHeader(file);
  const like = readPage(readDirectory(tiff, tiff.firstDirectory, 'directory 0'));
  const known = new Set<string>();
  for (const entry of entries) {
    const place = placeOf(entry.axes);
    const key = JSON.stringify([place.c, place.position]);
    const metadata = known.has(key) ? {} : metadataOf(entry, file);
    known.add(key);
    yield [entry, { page: pageOf(entry, tiff, like), place, metadata }];
  }
}

function pageOf({ axes, pixels, width, height, pixelType }: IndexEntry, tiff: TiffFile, like: Page): Page {
  const { path } = tiff.file;
  const name = `the plane ${JSON.stringify(axes).slice(0, 120)}`;
  const stored = PIXEL_TYPES[pixelType];
  if (!stored) {
    const known = Object.keys(PIXEL_TYPES).join(', ');
    throw new UnsupportedError(path, `${name} has the pixel type ${pixelType}; expected one of ${known}`);
  }
  if ([width, height].some((side) => side < 1 || side > LARGEST_SIDE)) {
    throw new CorruptFileError(path, `${name} states a size of ${height} x ${width}`);
  }
  const { bits, samples } = stored;
  const bytes = (bits / 8) * samples * width * height;
  if (bytes > LARGEST_SIDE)
    throw new UnsupportedError(path, `${name} takes ${bytes} bytes, which are more than are read`);
  tiff.file.check(pixels, bytes, `the pixels of ${name}`);
  const type: SampleType = { kind: 'unsigned', bits, dtype: `uint${bits}` };
  return {
    ...like,
    ...{ name, width, height, samples, type },
    photometric: samples === 3 ? PHOTOMETRIC.rgb : PHOTOMETRIC.blackIsZero,
    ...{ planar: false, compression: 1, predictor: 1, tiled: false, extraSamples: [] },
    ...{ blockWidth: width, blockHeight: height, blocksAcross: 1, blocksDown: 1 },
    ...{ offsets: [pixels], counts: [bytes], emptied: 0, shared: false, subDirectories: [], reduced: false },
  };
}

/** What the program wrote of a plane; nothing where that cannot be read, for the index says where it belongs. */
function metadataOf({ metadata: { offset, length } }: IndexEntry, file: RandomAccessFile): Record<string, unknown> {
  return length > MOST_METADATA ? {} : jsonAt(file, offset, length, 'the metadata of a plane');
}

/** Micrometres between planes, of what the file says of the whole data set. */
function statedStep(file: RandomAccessFile): number | null {
  // Version 2 has no minor version before it.
  for (const at of [20, 16]) {
    const head = file.peek(at, 8, 'the header');
    const length = head.getUint32(4, true);
    if (head.getUint32(0, true) !== SUMMARY_MARK || length > MOST_METADATA) continue;
    const step = Number(jsonAt(file, at + 8, length, 'the summary')['z-step_um']);
    return step > 0 ? step : null;
  }
  return null;
}

function jsonAt(file: RandomAccessFile, offset: number, length: number, what: string): Record<string, unknown> {
  const { buffer, byteOffset } = file.peek(offset, length, what);
  try {
    const value: unknown = JSON.parse(Buffer.from(buffer, byteOffset, length).toString('utf8'));
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
