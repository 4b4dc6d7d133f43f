import { LruCache } from '../../base/collections';
import { InvalidInputError } from '../../base/errors';
import type { Coverage } from '../../image/coverage';
import type { PixelArray } from '../../image/dtype';
import type { Region, Shape5 } from '../../image/region';
import { KeptFiles } from '../kept-files';
import type { RandomAccessFile } from '../random-access-file';
import { checkRead, type ImageSource, type ReadOptions, type SourceInfo } from '../source';
import { coverageOf, uncoveredNote } from './coverage';
import { UNCOMPRESSED } from './decode-block';
import { readDirectory } from './directory';
import { acquisitionOf, type CziMetadata, readMetadata } from './metadata';
import { pixelBytes, pixelTypeOf } from './pixel-types';
import type { PlaneBlocks } from './plane-blocks';
import { findLevels } from './pyramid';
import { readRegion } from './read-region';
import { arrangeScene, blocksByScene, type CziScene, type SceneLevel } from './scene';
import { type FileHeader, type Note, noteInto, readFileHeader } from './segments';
import type { SubBlock } from './sub-block';
import { readTimeIncrement } from './time-stamps';

/** Decoded blocks that an open file keeps: neighbouring reads touch the same ones. */
const CACHE_BYTES = 64 * 2 ** 20;
/** Uncompressed blocks are read by rows; larger ones are given as bands of this size. */
const BAND_BYTES = 16 * 2 ** 20;

/**
 * Opens a ZEISS CZI file. A scene is one image: its tiles painted in their order, uncovered and missing pixels 0. Samples
 * of colours are channels, and so are the planes along phases, illuminations, views and rotations where there are
 * several. Channels of different pixel types get the narrowest type that holds all values unchanged. The file's smaller
 * versions are further levels. `info.notes` tells what is missing.
 * @throws CorruptFileError naming the place; UnsupportedError for compressions, pixel types and sets of several files
 *   that are not read; InvalidInputError for a scene that it does not have
 */
export async function openCzi(path: string, { scene = 0 }: { scene?: number } = {}): Promise<ImageSource> {
  const { file, contents } = await FILES.open(path);
  try {
    const { scenes, metadata, lowestChannel } = contents;
    const notes = [...contents.notes];
    const note = noteInto(notes);
    const chosen = scenes[scene];
    if (!chosen) {
      throw new InvalidInputError('scene', `an integer from 0 to ${scenes.length - 1} for ${path}`, scene);
    }
    const [number, own] = chosen;
    const arranged = arrangeScene(own, path, note);
    const uncovered = contents.uncovered.get(number) ?? uncoveredNote(arranged);
    contents.uncovered.set(number, uncovered);
    if (uncovered) note(uncovered);
    arranged.levels.push(...findLevels(own, arranged, path));

    const timeIncrement = arranged.sizeT > 1 ? await timeIncrementOf(file, contents) : null;
    const acquisition = await acquisitionOf(
      file,
      { ...metadata, timeIncrement },
      number,
      firstBlock(arranged),
      arranged,
    );
    const name = metadata.scenes.get(number)?.name;
    const info: SourceInfo = {
      format: 'czi',
      scenes: scenes.length,
      scene,
      ...(name ? { sceneName: name } : {}),
      levels: arranged.levels.map(({ height, width }) => shapeOf(arranged, height, width)),
      blocks: arranged.levels.map((level) => typicalBlock(arranged, level, path)),
      dtype: arranged.dtype,
      channels: arranged.groups.named(metadata.channelNames, lowestChannel),
      pixelSize: metadata.pixelSize,
      ...(acquisition ? { acquisition } : {}),
      ...(isPicture(arranged) ? { appearance: { colour: true } } : {}),
      notes,
    };
    return new CziSource(file, arranged, info, note);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** What all scenes of a file have in common. */
interface CziContents {
  header: FileHeader;
  /** number of each scene in the file, and its blocks */
  scenes: Array<[number: number, blocks: SubBlock[]]>;
  metadata: CziMetadata;
  /** lowest channel number of all blocks */
  lowestChannel: number;
  /** what concerns the whole file */
  notes: string[];
  /** once a scene needed it */
  timeIncrement?: number | null;
  /** by number of the scene, once it was opened: what is said of its uncovered pixels, empty where there are none */
  uncovered: Map<number, string>;
}

/** Module state on purpose: whoever opens a scene of a file next finds it parsed. */
const FILES = new KeptFiles<CziContents>(async (file) => {
  const notes: string[] = [];
  const note = noteInto(notes);
  const header = readFileHeader(file);
  if (header.unfinished) note('the writer of the file did not come to its end');
  const blocks = await readDirectory(file, header, note);
  const metadata = await readMetadata(file, header, note);
  const lowestChannel = blocks.reduce((least, { c }) => Math.min(least, c), Number.POSITIVE_INFINITY);
  const contents = { header, scenes: [...blocksByScene(blocks)], metadata, lowestChannel, notes, uncovered: new Map() };
  return { contents, weight: blocks.length * ENTRY_BYTES };
});

/** What the file and memory hold of a block, roughly. */
const ENTRY_BYTES = 256;

async function timeIncrementOf(file: RandomAccessFile, contents: CziContents): Promise<number | null> {
  const { header, metadata } = contents;
  if (contents.timeIncrement === undefined) {
    contents.timeIncrement = metadata.timeIncrement ?? (await readTimeIncrement(file, header, metadata.date));
  }
  return contents.timeIncrement;
}

/** The block of the first plane that lies lowest. */
function firstBlock({ levels: [{ planes }] }: CziScene): SubBlock {
  let first = Number.POSITIVE_INFINITY;
  for (const plane of planes.keys()) first = Math.min(first, plane);
  return (planes.get(first) as PlaneBlocks).blocks[0].block;
}

/** Whether its channels are the colours of one picture. The fourth sample of a pixel is not known to be its opacity. */
function isPicture({ groups: { groups } }: CziScene): boolean {
  return groups.length === 1 && groups[0].samples >= 3;
}

function shapeOf({ sizeT, sizeZ, groups }: CziScene, height: number, width: number): Shape5 {
  return [sizeT, groups.channels, sizeZ, height, width];
}

/** The size that most stored pixels of a level have. */
function typicalBlock({ groups: { groups } }: CziScene, level: SceneLevel, path: string): Shape5 {
  const sizes = new Map<string, { pixels: number; height: number; width: number }>();
  let raw = 0;
  let bytes = 1;
  for (const { blocks } of level.planes.values()) {
    for (const { height, width, block } of blocks) {
      const size = sizes.get(`${height},${width}`) ?? { pixels: 0, height, width };
      size.pixels += height * width;
      sizes.set(`${height},${width}`, size);
      raw += block.compression === UNCOMPRESSED ? 1 : -1;
      bytes = Math.max(bytes, pixelBytes(pixelTypeOf(block.pixelType, path)));
    }
  }
  const [most] = [...sizes.values()].sort((a, b) => b.pixels - a.pixels);
  const width = Math.min(most.width, level.width);
  const band = raw > 0 ? Math.max(1, Math.floor(BAND_BYTES / (most.width * bytes))) : most.height;
  const { samples } = groups[0];
  const alike = groups.every((group) => group.samples === samples);
  return [1, alike ? samples : 1, 1, Math.min(most.height, level.height, band), width];
}

class CziSource implements ImageSource {
  private readonly cache = new LruCache<string | number, PixelArray>(CACHE_BYTES);
  private closed = false;

  constructor(
    private readonly file: RandomAccessFile,
    private readonly scene: CziScene,
    readonly info: SourceInfo,
    private readonly note: Note,
  ) {}

  async read(region: Region, options: ReadOptions = {}): Promise<PixelArray> {
    checkRead(this.info, region, options, this.file.path);
    const { level = 0, signal } = options;
    const { file, cache, note } = this;
    return readRegion({ file, cache, note, signal }, this.scene, this.scene.levels[level], region);
  }

  coverage(region: Region, options: ReadOptions = {}): Coverage {
    checkRead(this.info, region, options, this.file.path);
    return coverageOf(this.scene, this.scene.levels[options.level ?? 0], region);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.file.close();
  }
}
