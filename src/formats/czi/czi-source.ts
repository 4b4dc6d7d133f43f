import { InvalidInputError, throwIfCancelled } from '../../base/errors';
import type { Acquisition, StagePosition } from '../../image/acquisition';
import type { Channel } from '../../image/description';
import type { PixelArray } from '../../image/dtype';
import { contains, type Region } from '../../image/region';
import { allocateBlock } from '../allocate-block';
import { BlockCache } from '../block-cache';
import { RandomAccessFile } from '../random-access-file';
import type { ImageSource, SourceInfo } from '../source';
import { checkCompression } from './decode';
import { readEntries, readHeader } from './directory';
import { type CziImage, findImages, levelShape } from './image';
import type { CziLevel, Tile } from './levels';
import { type CziMetadata, readMetadata, type SceneMetadata } from './metadata';
import { overlapOf, paint, type Window } from './paint';
import { readStage } from './sub-block';
import { TileReader } from './tile-reader';

/** Decoded blocks that are kept: tiles of a mosaic overlap, and neighbouring regions share blocks. */
const CACHE_BYTES = 64 * 2 ** 20;
/** Blocks read and decoded at a time. */
const AT_A_TIME = 4;

/**
 * Opens a ZEISS CZI file. A scene is an image; where channels of a scene have different pixel types, those of each type
 * are an image of their own. Mosaics are painted in the order of M on zeros; planes that are missing are zeros, and
 * `notes` says so. Phases and the like are channels of their own.
 * @throws CorruptFileError; UnsupportedError naming what is not read
 */
export async function openCzi(path: string, { scene = 0 }: { scene?: number } = {}): Promise<ImageSource> {
  const file = await RandomAccessFile.open(path);
  try {
    const header = readHeader(file);
    const entries = await readEntries(file, header);
    for (const { compression } of entries) checkCompression(compression, path);
    const images = findImages(entries, path);
    const image = images[scene];
    if (!image) throw new InvalidInputError('scene', `an integer from 0 to ${images.length - 1} for ${path}`, scene);
    const metadata = await readMetadata(file, header.metadataPosition);
    const stage = await readStage(file, firstTile(image).entry);
    return new CziSource(file, image, describe(images, scene, metadata, stage));
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The tile of the first plane that lies lowest. */
function firstTile({ levels: [{ planes }] }: CziImage): Tile {
  let first = Number.POSITIVE_INFINITY;
  for (const plane of planes.keys()) first = Math.min(first, plane);
  return (planes.get(first) as Tile[])[0];
}

function describe(
  images: readonly CziImage[],
  scene: number,
  metadata: CziMetadata,
  stage: StagePosition | null,
): SourceInfo {
  const image = images[scene];
  const [full] = image.levels;
  const notes = [...metadata.notes];
  const planes = image.sizeT * image.sizeZ * image.channels.length * image.phases.length;
  if (full.planes.size < planes) notes.push(`${planes - full.planes.size} of ${planes} planes are missing: they are 0`);
  return {
    format: 'czi',
    scenes: images.length,
    scene,
    levels: image.levels.map((level) => levelShape(image, level)),
    blocks: image.levels.map((level) => blockOf(image, level)),
    dtype: image.type.dtype,
    channels: channelsOf(image, metadata),
    pixelSize: metadata.pixelSize,
    ...acquisitionOf(images, image, metadata, stage),
    ...(notes.length > 0 ? { notes } : {}),
  };
}

function blockOf({ type }: CziImage, { planes }: CziLevel): SourceInfo['blocks'][number] {
  const [tiles] = planes.values();
  return [1, type.order.length, 1, tiles[0].height, tiles[0].width];
}

const COLOURS = ['Red', 'Green', 'Blue'];

function channelsOf({ channels, phases, type, firstChannel }: CziImage, { channelNames }: CziMetadata): Channel[] {
  const names = channels.flatMap((c) =>
    phases.flatMap((phase) =>
      type.order.map((_, sample) => {
        const colour = type.order.length > 1 ? COLOURS[sample] : '';
        const name = channelNames[c - firstChannel] ?? (colour ? '' : `Channel ${c - firstChannel}`);
        return [name, phase, colour].filter((word) => word !== '').join(' ');
      }),
    ),
  );
  return names.map((name, index) => ({ index, name }));
}

function acquisitionOf(
  images: readonly CziImage[],
  { scene, sizeT }: CziImage,
  { date, timeIncrement, scenes }: CziMetadata,
  stage: StagePosition | null,
): { acquisition?: Acquisition } {
  const found = scenes.get(scene ?? 0);
  const well = found?.well ?? null;
  const acquisition: Acquisition = {
    ...(date === null ? {} : { date }),
    ...(timeIncrement === null || sizeT === 1 ? {} : { timeIncrement }),
    ...placeOf(found, stage),
    ...(well === null ? {} : { well, field: fieldOf(images, scene, well, scenes) }),
  };
  return Object.keys(acquisition).length > 0 ? { acquisition } : {};
}

/** The centre of the scene, else where the stage stood for its first tile. */
function placeOf(scene: SceneMetadata | undefined, stage: StagePosition | null): { stage?: StagePosition } {
  if (scene?.centre) return { stage: { z: stage?.z ?? null, y: scene.centre[0], x: scene.centre[1] } };
  return stage ? { stage } : {};
}

/** Scenes of one well are its fields. */
function fieldOf(
  images: readonly CziImage[],
  scene: number | null,
  well: string,
  scenes: CziMetadata['scenes'],
): number {
  const ofWell = new Set(images.map((image) => image.scene).filter((s) => scenes.get(s ?? 0)?.well === well));
  return [...ofWell].indexOf(scene);
}

class CziSource implements ImageSource {
  private readonly tiles: TileReader;

  constructor(
    private readonly file: RandomAccessFile,
    private readonly image: CziImage,
    readonly info: SourceInfo,
  ) {
    this.tiles = new TileReader(file, image.type, new BlockCache(CACHE_BYTES));
  }

  async read(
    region: Region,
    { level = 0, signal }: { level?: number; signal?: AbortSignal } = {},
  ): Promise<PixelArray> {
    throwIfCancelled(signal, 'reading');
    const shape = this.info.levels[level];
    if (!shape) throw new InvalidInputError('level', `an integer below ${this.info.levels.length}`, level);
    if (!contains(shape, region)) {
      throw new InvalidInputError('region', `a block inside [${shape}] of ${this.file.path}`, region);
    }
    const out = allocateBlock(this.info.dtype, region.size, this.file.path);
    const work = this.planesOf(region).map((plane) => () => this.paintPlane(plane, level, region, out, signal));
    for (let next = 0; next < work.length; next += AT_A_TIME) {
      // All end before an error leaves, for they write into `out`.
      const results = await Promise.allSettled(work.slice(next, next + AT_A_TIME).map((start) => start()));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    }
    return out;
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  /** The planes of the file that a region touches, with the samples of each that go to places in the result. */
  private planesOf({ start, size }: Region): PlaneRequest[] {
    const samples = this.image.type.order.length;
    const groups = this.image.channels.length * this.image.phases.length;
    const requests = new Map<number, PlaneRequest>();
    const pixels = size[3] * size[4];
    let at = 0;
    for (let t = start[0]; t < start[0] + size[0]; t++) {
      for (let c = start[1]; c < start[1] + size[1]; c++) {
        for (let z = start[2]; z < start[2] + size[2]; z++, at += pixels) {
          const plane = (t * groups + Math.floor(c / samples)) * this.image.sizeZ + z;
          const request = requests.get(plane) ?? { plane, samples: [] };
          request.samples.push({ sample: c % samples, at });
          requests.set(plane, request);
        }
      }
    }
    return [...requests.values()];
  }

  /** In order, for tiles of a mosaic cover each other. */
  private async paintPlane(
    { plane, samples }: PlaneRequest,
    level: number,
    { start, size }: Region,
    out: PixelArray,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const window: Window = { y: start[3], x: start[4], height: size[3], width: size[4] };
    const touched: Array<{ tile: Tile; part: Window }> = [];
    for (const tile of this.image.levels[level].planes.get(plane) ?? []) {
      const part = overlapOf(tile, window);
      if (part) touched.push({ tile, part });
    }
    for (const { tile, part } of touched) {
      throwIfCancelled(signal, 'reading');
      const rows = await this.tiles.rows(tile, part.y, part.y + part.height, signal);
      for (const { sample, at } of samples) {
        const source = { ...rows, sample: rows.order[sample] };
        paint(source, tile, part, window, out, at);
      }
    }
  }
}

interface PlaneRequest {
  plane: number;
  samples: Array<{ sample: number; at: number }>;
}
