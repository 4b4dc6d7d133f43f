import path from 'node:path';
import { LruCache } from '../../base/collections';
import { CorruptFileError, InvalidInputError, UnsupportedError } from '../../base/errors';
import type { Coverage } from '../../image/coverage';
import type { Channel } from '../../image/description';
import type { PixelArray } from '../../image/dtype';
import { count, type Region, type Shape5 } from '../../image/region';
import { allocateBlock } from '../byte-budget';
import { notesOnOrientation } from '../doubts';
import { KeptFiles } from '../kept-files';
import type { RandomAccessFile } from '../random-access-file';
import { checkRead, type ImageSource, type OpenOptions, type ReadOptions, type SourceInfo } from '../source';
import { dialectScenes } from './dialects';
import { isImageJ } from './dialects/imagej';
import { bytesRead } from './directory';
import { readDocument, type TiffDocument } from './document';
import { isNdTiff, readIndex } from './ndtiff/index-file';
import { ndTiffScenes } from './ndtiff/scenes';
import { omeScenes } from './ome/scenes';
import { isOmeXml } from './ome/xml';
import type { Page } from './page';
import { withPages } from './page-axes';
import { type PlaneRequest, readPlanes } from './read-planes';
import { appearanceOf, type SceneList, sceneLevels, type TiffScene } from './scene';
import { SiblingFiles } from './sibling-files';
import { PHOTOMETRIC } from './tags';

/** Decoded blocks that are kept: a row of tiles of a very wide image, or one strip that is a whole large plane. */
const CACHE_BYTES = 2 ** 28;

/**
 * Opens a TIFF or BigTIFF: OME-TIFF, NDTiff, ImageJ's and other programs' (`dialects`), or a plain one. Values are as stored: palette indices stay indices,
 * "white is zero" is not inverted. Integers of odd sizes become the next larger type, 64-bit integers float64 where that
 * is exact, floats of 16 and 24 bits float32.
 * @throws CorruptFileError for a truncated or damaged file (never fewer pages), UnsupportedError naming what is not read
 */
export async function openTiff(place: string, { scene = 0, pages }: OpenOptions = {}): Promise<ImageSource> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { file, contents } = await FILES.open(place);
    const files = [file];
    const close = async (): Promise<void> => {
      await Promise.all(files.splice(0).map((each) => each.close()));
    };
    try {
      const { scenes } = contents;
      if (!Number.isInteger(scene) || scene < 0 || scene >= scenes.count) {
        throw new InvalidInputError('scene', `an integer from 0 to ${scenes.count - 1} for ${place}`, scene);
      }
      const chosen = withPages(await scenes.read(scene), pages ?? null, place);
      const current = await openParts(chosen, contents.metadataFile, files);
      if (current) {
        const levels = sceneLevels(chosen);
        return new TiffSource(place, close, levels, {
          ...sourceInfo(chosen, levels, scene, contents),
          ...(files.length > 1
            ? { others: files.slice(1).map(({ path, size, modified }) => ({ path, size, modified })) }
            : {}),
          ...(pages === undefined ? {} : { pages }),
        });
      }
    } catch (error) {
      await close();
      throw error;
    }
    await close();
    FILES.forget(place);
  }
  throw new CorruptFileError(place, 'or a file of its set is written to while it is opened');
}

/** They are listed one by one. */
const MOST_CHANNELS = 2 ** 16;
/** Of a set a file may have changed since what is known of it was parsed. */
const ATTEMPTS = 3;

/** Opens the other files that a scene lies in. @returns false where one is no longer what it was */
async function openParts(
  { pages }: TiffScene,
  metadataFile: RandomAccessFile | null,
  files: RandomAccessFile[],
): Promise<boolean> {
  const parts = new Set(pages.map((page) => page.tiff.file));
  if (metadataFile) parts.add(metadataFile);
  parts.delete(files[0]);
  for (const part of parts) {
    if (!(await part.reopen())) return false;
    files.push(part);
  }
  return true;
}

interface TiffContents {
  scenes: SceneList;
  byImageJ: boolean;
  /** where that is another file of the set */
  metadataFile: RandomAccessFile | null;
}

/** Module state on purpose: whoever opens a scene of a file next finds it parsed. */
const FILES = new KeptFiles<TiffContents>(async (file) => {
  const known = await indexedContents(file);
  if (known) return { contents: known, weight: known.metadataFile?.size ?? 0 };
  const document = await readDocument(file);
  const siblings = new SiblingFiles(file.path);
  const scenes = await findScenes(document, siblings);
  const contents = { scenes, byImageJ: isImageJ(document), metadataFile: siblings.metadataFile };
  return { contents, weight: bytesRead(document.tiff) };
});

/** Of a file of an NDTiff data set that the index beside it names; null for any other. */
async function indexedContents(file: RandomAccessFile): Promise<TiffContents | null> {
  const { buffer, byteOffset } = file.peek(0, Math.min(file.size, HEAD_BYTES), 'the TIFF header');
  if (!isNdTiff(new Uint8Array(buffer, byteOffset, Math.min(file.size, HEAD_BYTES)))) return null;
  const index = await readIndex(file.path);
  const name = path.basename(file.path);
  if (!index?.entries.some((entry) => entry.file === name)) return null;
  const scenes = await ndTiffScenes(file, name, index, new SiblingFiles(file.path));
  return { scenes: listOf(scenes), byImageJ: false, metadataFile: index.file };
}

const HEAD_BYTES = 12;

function listOf(scenes: TiffScene[]): SceneList {
  return { count: scenes.length, read: async (index) => scenes[index] };
}

async function findScenes(document: TiffDocument, siblings: SiblingFiles): Promise<SceneList> {
  if (isOmeXml(document.description)) return omeScenes(document, siblings);
  return listOf(dialectScenes(document));
}

function sourceInfo(
  chosen: TiffScene,
  levels: Page[][],
  scene: number,
  { scenes, byImageJ }: TiffContents,
): SourceInfo {
  const { sizeT, groups, sizeZ, pages } = chosen;
  const channels = groups * pages[0].samples;
  if (channels > MOST_CHANNELS) {
    throw new UnsupportedError(pages[0].tiff.file.path, `has ${channels} channels; at most ${MOST_CHANNELS} are read`);
  }
  return {
    format: chosen.format,
    scenes: scenes.count,
    scene,
    ...(chosen.name === undefined ? {} : { sceneName: chosen.name }),
    levels: levels.map(([{ samples, height, width }]) => [sizeT, groups * samples, sizeZ, height, width]),
    blocks: levels.map(([{ samples, planar, blockHeight, blockWidth }]) => {
      return [1, planar ? 1 : samples, 1, blockHeight, blockWidth];
    }),
    dtype: pages[0].type.dtype,
    channels: channelsOf(chosen),
    pixelSize: chosen.pixelSize,
    ...(chosen.scale === undefined ? {} : { scale: chosen.scale }),
    ...(chosen.acquisition === undefined ? {} : { acquisition: chosen.acquisition }),
    notes: [
      ...(chosen.notes ?? []),
      ...notesOnMissing(chosen),
      ...notesOnEmpty(levels[0]),
      ...notesOnOrientation(pages[0].orientation),
    ],
    appearance: appearanceOf(pages[0], groups, byImageJ),
  };
}

function notesOnMissing({ pages }: TiffScene): string[] {
  const missing = pages.filter(({ blank }) => blank).length;
  return missing === 0 ? [] : [`${missing} of ${pages.length} planes are missing and read as 0`];
}

function notesOnEmpty(pages: readonly Page[]): string[] {
  const emptied = [...new Set(pages)].reduce((sum, page) => sum + page.emptied, 0);
  return emptied === 0 ? [] : [`strips or tiles without bytes, whose pixels are read as 0: ${emptied}`];
}

const COLOURS = ['Red', 'Green', 'Blue'];

/** Names from the file; colour samples get their colour, others their number. */
function channelsOf({ groups, pages, channelNames }: TiffScene): Channel[] {
  const { samples, photometric } = pages[0];
  const colour = samples >= 3 && (photometric === PHOTOMETRIC.rgb || photometric === PHOTOMETRIC.ycbcr);
  return Array.from({ length: groups * samples }, (_, index) => {
    const given = channelNames[index];
    const ending = samples === 1 ? '' : ((colour ? COLOURS[index % samples] : undefined) ?? `${index % samples}`);
    if (given) return { index, name: ending ? `${given} ${ending}` : given };
    return { index, name: colour && groups === 1 && ending ? ending : `Channel ${index}` };
  });
}

class TiffSource implements ImageSource {
  private readonly cache = new LruCache<string | number, PixelArray>(CACHE_BYTES);

  constructor(
    private readonly path: string,
    readonly close: () => Promise<void>,
    private readonly pages: Page[][],
    readonly info: SourceInfo,
  ) {}

  async read(region: Region, options: ReadOptions = {}): Promise<PixelArray> {
    const shape = checkRead(this.info, region, options, this.path);
    const { level = 0, signal } = options;
    const pixels = allocateBlock(this.info.dtype, region.size, this.path);
    const [, , , y, x] = region.start;
    const [, , , height, width] = region.size;
    const window = { y, x, height, width };
    await readPlanes(this.requests(level, shape, region), window, pixels, this.cache, signal);
    return pixels;
  }

  /** A plane that the metadata leave out was not taken; an empty tile of a page is a value that was written. */
  coverage(region: Region, options: ReadOptions = {}): Coverage {
    const shape = checkRead(this.info, region, options, this.path);
    const [, , , height, width] = region.size;
    let coverage: Coverage = null;
    for (const { page, samples } of this.requests(options.level ?? 0, shape, region)) {
      if (!page.blank) continue;
      coverage ??= new Uint8Array(count(region.size)).fill(1);
      for (const { at } of samples) coverage.fill(0, at, at + height * width);
    }
    return coverage;
  }

  /** The pages that a block touches; the samples of one page are asked for together. */
  private *requests(level: number, [, sizeC, sizeZ]: Shape5, { start, size }: Region): Generator<PlaneRequest> {
    const pages = this.pages[level];
    const perPage = pages[0].samples;
    const groups = sizeC / perPage;
    const planePixels = size[3] * size[4];
    const [t0, c0, z0] = start;
    const [nt, nc, nz] = size;
    for (let t = 0; t < nt; t++) {
      for (let group = Math.floor(c0 / perPage); group * perPage < c0 + nc; group++) {
        const first = Math.max(c0, group * perPage);
        const last = Math.min(c0 + nc, (group + 1) * perPage);
        for (let z = 0; z < nz; z++) {
          const samples: PlaneRequest['samples'] = [];
          for (let c = first; c < last; c++) {
            samples.push({ sample: c - group * perPage, at: ((t * nc + c - c0) * nz + z) * planePixels });
          }
          yield { page: pages[((t0 + t) * groups + group) * sizeZ + z0 + z], samples };
        }
      }
    }
  }
}
