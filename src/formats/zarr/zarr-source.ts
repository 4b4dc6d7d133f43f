import { LruCache } from '../../base/collections';
import { CorruptFileError, SegmenterError, UnsupportedError } from '../../base/errors';
import { mapConcurrently } from '../../base/long-work';
import { isRecord } from '../../base/plain-json';
import { validate } from '../../base/schema';
import { type Acquisition, AcquisitionSchema, type Channel } from '../../image/description';
import type { PixelArray } from '../../image/dtype';
import type { Region } from '../../image/region';
import { lookAt } from '../../storage/outside-files';
import { isWebAddress } from '../../storage/roots';
import { allocateBlock } from '../byte-budget';
import { notesOnUncovered } from '../doubts';
import { checkRead, type ImageSource, type PartVersion, type ReadOptions, type SourceInfo } from '../source';
import type { ZarrArrayInfo } from './array-metadata';
import { FolderStore } from './folder-store';
import { HttpStore } from './http-store';
import { type Axis, axesOfNames, checkScene, type Multiscale, ngffOf, parseMultiscale } from './multiscale';
import { readNode, type ZarrNode } from './node';
import { findScenes, type Hierarchy, keptHierarchy } from './scenes';
import { joinKey, type ZarrStore } from './store';
import { OWN_ATTRIBUTES } from './write-metadata';
import { ZarrLevel } from './zarr-level';

/** Decoded chunks that are kept for the next read: several planes of an image whose chunks are deep. */
const CACHE_BYTES = 128 * 2 ** 20;
/** Time points and channels are listed one by one. */
const MAX_LISTED = 2 ** 16;
const MAX_SIDE = 2 ** 31;

interface OpenedImage {
  axes: Axis[];
  levels: Array<{ key: string; info: ZarrArrayInfo; file: string }>;
  multiscale: Multiscale | null;
  node: ZarrNode;
}

/**
 * Opens an OME-Zarr image (NGFF 0.1 to 0.5, Zarr 2 or 3) in a folder or on a web server: an image, a plate or well
 * (each field a scene), a bioformats2raw collection, a `labels` group, or an array that names its dimensions.
 * @param location a path or http(s) address; whether it may be read was decided before
 * @throws CorruptFileError naming the metadata or chunk file; UnsupportedError; SegmenterError `not-found`
 */
export async function openZarr(location: string, { scene = 0 }: { scene?: number } = {}): Promise<ImageSource> {
  const store: ZarrStore = isWebAddress(location) ? new HttpStore(location) : await FolderStore.open(location);
  const { top, scenes } = await keptHierarchy(location, store, () => readHierarchy(location, store));
  checkScene(scene, scenes.length, location);
  const chosen = scenes[scene];
  const opened = await openScene(store, chosen.key, top);
  const cache = new LruCache<string | number, PixelArray>(CACHE_BYTES);
  const levels = opened.levels.map(({ key, info }) => new ZarrLevel(store, key, info, opened.axes, cache));
  const info = sourceInfo(opened, levels, chosen.acquisition, scene, scenes.length);
  const others = isWebAddress(location) ? undefined : await versionsOf(opened);
  return new ZarrSource(location, levels, { ...info, ...(others ? { others } : {}) });
}

/** Of the metadata of an image and its levels, which whoever writes it anew writes anew: those of a plate stay. */
async function versionsOf({ node, levels }: OpenedImage): Promise<PartVersion[]> {
  const files = new Set([node.file, ...levels.map(({ file }) => file)]);
  const found = await Promise.all(
    [...files].map(async (path) => {
      const status = await lookAt(path);
      return status ? [{ path, size: status.size, modified: Math.round(status.mtimeMs) }] : [];
    }),
  );
  return found.flat();
}

async function readHierarchy(location: string, store: ZarrStore): Promise<Hierarchy> {
  const top = await readNode(store, '');
  if (!top) {
    throw new SegmenterError('not-found', `${location}: there is no Zarr image (zarr.json, .zgroup or .zarray)`, {
      location,
    });
  }
  return { top, scenes: top.array ? [{ key: '', acquisition: {} }] : await findScenes(store, top) };
}

async function openScene(store: ZarrStore, key: string, top: ZarrNode): Promise<OpenedImage> {
  const node = key === top.key ? top : await readNode(store, key);
  if (!node) throw new CorruptFileError(store.nameOf(key), 'the image that the metadata above name is missing');
  if (node.array) {
    const axes = node.array.dimensionNames ? axesOfNames(node.array.dimensionNames) : null;
    if (!axes) {
      const named = node.array.dimensionNames ? ` (${node.array.dimensionNames.join(', ')})` : '';
      const what = `is a Zarr array whose dimensions are not named t, c, z, y, x${named}; open the image (group) it belongs to`;
      throw new UnsupportedError(store.nameOf(key), what);
    }
    return {
      axes,
      levels: [{ key, info: checkArray(node.array, axes, node.file), file: node.file }],
      multiscale: null,
      node,
    };
  }
  if (ngffOf(node).multiscales === undefined) {
    throw new CorruptFileError(node.file, 'expected an image (multiscales) here');
  }
  const multiscale = parseMultiscale(node);
  const { axes, paths } = multiscale;
  const levels = await mapConcurrently(paths, 8, async (path) => {
    const levelKey = joinKey(node.key, path, node.file);
    const level = await readNode(store, levelKey);
    if (!level?.array) throw new CorruptFileError(store.nameOf(levelKey), 'expected the array of a resolution here');
    return { key: levelKey, info: checkArray(level.array, axes, level.file), file: level.file };
  });
  checkLevels(levels, axes, node);
  return { axes, levels, multiscale, node };
}

/** @throws CorruptFileError unless the array has the axes; UnsupportedError for sizes that no image has */
function checkArray(info: ZarrArrayInfo, axes: readonly Axis[], file: string): ZarrArrayInfo {
  const { shape } = info;
  if (shape.length !== axes.length) {
    const names = axes.map(({ name }) => name).join(', ');
    throw new CorruptFileError(file, `shape: expected ${axes.length} dimensions (${names}), got [${shape}]`);
  }
  for (const [i, { place, name }] of axes.entries()) {
    const most = place === null ? 1 : place === 't' || place === 'c' ? MAX_LISTED : MAX_SIDE;
    if (shape[i] < 1 || shape[i] > most) {
      throw new UnsupportedError(file, `the axis ${name} has ${shape[i]} pixels; read are 1 to ${most}`, { shape });
    }
  }
  return info;
}

function checkLevels(levels: OpenedImage['levels'], axes: readonly Axis[], node: ZarrNode): void {
  const [{ info: first }] = levels;
  for (const [i, { info }] of levels.entries()) {
    const place = `multiscales[0].datasets[${i}]`;
    if (info.type.dtype !== first.type.dtype) {
      throw new CorruptFileError(
        node.file,
        `${place}: holds ${info.type.name}, the first resolution ${first.type.name}`,
      );
    }
    const differs = axes.some(
      ({ place: axis }, dim) => (axis === 't' || axis === 'c') && info.shape[dim] !== first.shape[dim],
    );
    if (differs) {
      const text = `${place}: expected as many time points and channels as the first resolution [${first.shape}], got [${info.shape}]`;
      throw new CorruptFileError(node.file, text);
    }
  }
}

function sourceInfo(
  { multiscale, node }: OpenedImage,
  levels: readonly ZarrLevel[],
  place: Acquisition,
  scene: number,
  scenes: number,
): SourceInfo {
  const own = ownAttributes(node);
  const { timeIncrement = null, pixelSize = null } = multiscale ?? {};
  const notes = [...(multiscale?.notes ?? []), ...notesOnUncovered(own.uncovered, levels[0].shape)];
  const time = timeIncrement !== null && levels[0].shape[0] > 1 ? { timeIncrement } : {};
  const acquisition = { ...own.acquisition, ...time, ...place };
  return {
    format: 'ome-zarr',
    scenes,
    scene,
    levels: levels.map(({ shape }) => shape),
    blocks: levels.map(({ block }) => block),
    dtype: levels[0].dtype,
    channels: channelsOf(node, levels[0].shape[1]),
    pixelSize,
    ...(notes.length === 0 ? {} : { notes }),
    ...(own.scale === undefined ? {} : { scale: own.scale }),
    ...(Object.keys(acquisition).length === 0 ? {} : { acquisition }),
  };
}

/** The labels of `omero.channels`; a channel without one has its number. */
function channelsOf(node: ZarrNode, count: number): Channel[] {
  const { omero } = ngffOf(node);
  const given = isRecord(omero) && Array.isArray(omero.channels) ? omero.channels : [];
  return Array.from({ length: count }, (_, index) => {
    const label = isRecord(given[index]) ? given[index].label : undefined;
    return { index, name: typeof label === 'string' && label !== '' ? label : `Channel ${index}` };
  });
}

/** What this library wrote beside the standard's metadata; what is not as it writes is left. */
function ownAttributes({ attributes }: ZarrNode): { scale?: number; acquisition?: Acquisition; uncovered?: unknown } {
  const own = attributes[OWN_ATTRIBUTES];
  if (!isRecord(own)) return {};
  const { scale, acquisition, uncovered } = own;
  return {
    uncovered,
    ...(typeof scale === 'number' && Number.isFinite(scale) ? { scale } : {}),
    ...(isAcquisition(acquisition) ? { acquisition } : {}),
  };
}

function isAcquisition(value: unknown): value is Acquisition {
  try {
    validate(AcquisitionSchema, value, 'acquisition');
    return true;
  } catch {
    return false;
  }
}

class ZarrSource implements ImageSource {
  constructor(
    private readonly location: string,
    private readonly levels: readonly ZarrLevel[],
    readonly info: SourceInfo,
  ) {}

  async read(region: Region, options: ReadOptions = {}): Promise<PixelArray> {
    checkRead(this.info, region, options, this.location);
    const out = allocateBlock(this.info.dtype, region.size, this.location);
    await this.levels[options.level ?? 0].read(region, out, options.signal);
    return out;
  }

  /** Nothing stays open between reads. */
  async close(): Promise<void> {}
}
