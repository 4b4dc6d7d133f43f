import { CorruptFileError, UnsupportedError } from '../../base/errors';
import type { DType } from '../../image/dtype';
import { ChannelGroups } from './channels';
import { checkCompression } from './decode-block';
import { commonType, pixelTypeOf } from './pixel-types';
import { type PlacedSubBlock, PlaneBlocks } from './plane-blocks';
import type { Note } from './segments';
import { isFullSize, type SubBlock } from './sub-block';

/** One image of a CZI file: where its planes lie. */
export interface CziScene extends SceneGrid {
  dtype: DType;
  /** full size first */
  levels: SceneLevel[];
}

/** What numbers a scene's planes. */
export interface SceneGrid {
  /** upper left corner in the file's coordinates */
  x: number;
  y: number;
  width: number;
  height: number;
  firstT: number;
  sizeT: number;
  firstZ: number;
  sizeZ: number;
  groups: ChannelGroups;
}

export interface SceneLevel {
  /** pixels of the full image along each side of one of this level */
  factor: number;
  width: number;
  height: number;
  /** by number of the plane; missing ones read as 0 */
  planes: Map<number, PlaneBlocks>;
}

/** Pixels along a side that a scene may span; more is a damaged position. */
const MOST_SIDE = 2 ** 31;
const SHOWN_PLANES = 5;

/**
 * Groups the blocks of each scene, by its number in the file, lowest first. A file without scenes has one, 0. In a file
 * with scenes a full-size block that names none belongs to 0; smaller ones may span several scenes and are left out.
 */
export function blocksByScene(blocks: readonly SubBlock[]): Map<number, SubBlock[]> {
  const without = blocks.every(({ s }) => s === null);
  const scenes = new Map<number, SubBlock[]>();
  for (const block of blocks) {
    if (block.s === null && !without && !isFullSize(block)) continue;
    const scene = scenes.get(block.s ?? 0);
    if (scene) scene.push(block);
    else scenes.set(block.s ?? 0, [block]);
  }
  return new Map([...scenes].sort(([a], [b]) => a - b));
}

/**
 * Puts the full-size blocks of one scene in their places.
 * @param note told of missing planes and of pixel types that differ between channels
 * @throws UnsupportedError naming what is not read; CorruptFileError for positions that cannot be
 */
export function arrangeScene(blocks: readonly SubBlock[], path: string, note: Note): CziScene {
  const full = blocks.filter(isFullSize);
  if (full.length === 0) {
    throw new UnsupportedError(
      path,
      'holds sub-sampled pixels only (stored sizes differ from sizes), which are not read',
    );
  }
  for (const compression of new Set(full.map((block) => block.compression))) checkCompression(compression, path);
  const t = range(
    full.map((block) => block.t),
    'time points (T)',
    path,
  );
  const z = range(
    full.map((block) => block.z),
    'slices (Z)',
    path,
  );
  range(
    full.map((block) => block.c),
    'channels (C)',
    path,
  );
  const grid: SceneGrid = {
    ...boundingBox(full, path),
    firstT: t.first,
    sizeT: t.size,
    firstZ: z.first,
    sizeZ: z.size,
    groups: new ChannelGroups(full, path),
  };
  const planes = placeBlocks(full, grid, 1);
  noteMissing(grid, planes, note);
  const level = { factor: 1, width: grid.width, height: grid.height, planes };
  return { ...grid, dtype: sceneType(full, path, note), levels: [level] };
}

/** Finds the number of the plane that a block belongs to; undefined where the scene has none such. */
export function planeOf(block: SubBlock, { firstT, sizeT, firstZ, sizeZ, groups }: SceneGrid): number | undefined {
  const group = groups.numberOf(block);
  const t = block.t - firstT;
  const z = block.z - firstZ;
  if (group === undefined || t < 0 || t >= sizeT || z < 0 || z >= sizeZ) return undefined;
  return planeNumber(t, group, z, groups.groups.length, sizeZ);
}

/** Numbers a plane of a scene, [t, group, z] in C order. */
export function planeNumber(t: number, group: number, z: number, groups: number, sizeZ: number): number {
  return (t * groups + group) * sizeZ + z;
}

/** Groups blocks by plane, at their places in a level. @param blocks lowest first where they have no tile number */
export function placeBlocks(blocks: readonly SubBlock[], grid: SceneGrid, factor: number): Map<number, PlaneBlocks> {
  const sorted = [...blocks].sort((a, b) => (a.m ?? -1) - (b.m ?? -1));
  const lists = new Map<number, PlacedSubBlock[]>();
  for (const [order, block] of sorted.entries()) {
    const plane = planeOf(block, grid);
    if (plane === undefined) continue;
    const placed = {
      block,
      order,
      x: Math.round((block.x - grid.x) / factor),
      y: Math.round((block.y - grid.y) / factor),
      width: block.storedWidth,
      height: block.storedHeight,
    };
    const list = lists.get(plane);
    if (list) list.push(placed);
    else lists.set(plane, [placed]);
  }
  return new Map([...lists].map(([plane, list]) => [plane, new PlaneBlocks(list)]));
}

/** Planes may be missing, but a few that claim millions between them come from damaged numbers. */
function range(values: number[], what: string, path: string): { first: number; size: number } {
  const distinct = new Set(values);
  let [first, last] = [values[0], values[0]];
  for (const value of distinct) {
    first = Math.min(first, value);
    last = Math.max(last, value);
  }
  const size = last - first + 1;
  if (size > 1000 + 100 * distinct.size) {
    throw new CorruptFileError(path, `states ${what} from ${first} to ${last}, but holds ${distinct.size} of them`);
  }
  return { first, size };
}

function boundingBox(blocks: readonly SubBlock[], path: string): Pick<SceneGrid, 'x' | 'y' | 'width' | 'height'> {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y, width, height } of blocks) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
  }
  const box = { x: left, y: top, width: right - left, height: bottom - top };
  if (box.width > MOST_SIDE || box.height > MOST_SIDE) {
    throw new CorruptFileError(path, `states a scene of ${box.height} x ${box.width} pixels`);
  }
  return box;
}

/** One type for all channels: the narrowest in which every value is exact. */
function sceneType(blocks: readonly SubBlock[], path: string, note: Note): DType {
  const first = new Map<number, SubBlock>();
  for (const block of blocks) if (!first.has(block.pixelType)) first.set(block.pixelType, block);
  const types = [...first].map(([id, { c }]) => ({ ...pixelTypeOf(id, path), c }));
  const dtype = commonType(types.map((type) => type.dtype));
  if (types.some((type) => type.dtype !== dtype)) {
    const list = types.map(({ name, c }) => `${name} (channel ${c})`).join(', ');
    note(`the channels have different pixel types: ${list}; all are given as ${dtype}, their values unchanged`);
  }
  return dtype;
}

function noteMissing(
  { groups, sizeT, sizeZ, firstT, firstZ }: SceneGrid,
  planes: Map<number, unknown>,
  note: Note,
): void {
  const { length } = groups.groups;
  const all = sizeT * length * sizeZ;
  const missing = all - planes.size;
  if (missing === 0) return;
  const shown: string[] = [];
  for (let plane = 0; shown.length < Math.min(missing, SHOWN_PLANES); plane++) {
    if (planes.has(plane)) continue;
    const t = Math.floor(plane / (length * sizeZ));
    const group = groups.groups[Math.floor(plane / sizeZ) % length];
    const further = group.further.map(({ letter, index }) => ` ${letter}${index}`).join('');
    shown.push(`T${firstT + t} C${group.c}${further} Z${firstZ + (plane % sizeZ)}`);
  }
  const more = missing > shown.length ? ` and ${missing - shown.length} more` : '';
  note(`${missing} of ${all} planes are missing and read as 0: ${shown.join(', ')}${more}`);
}
