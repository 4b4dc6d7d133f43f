import { CorruptFileError, UnsupportedError } from '../../base/errors';
import { type DirectoryEntry, type Extent, extentOf } from './directory-entry';

/** A sub-block in an image: where its pixels go. */
export interface Tile {
  entry: DirectoryEntry;
  /** its place in the level, from the level's corner */
  y: number;
  x: number;
  height: number;
  width: number;
}

/** An image in one resolution. */
export interface CziLevel {
  height: number;
  width: number;
  /** by plane (t, then channel and phase, then z): tiles in the order in which they are painted */
  planes: Map<number, Tile[]>;
}

/** The place of a level in the file's coordinates. */
interface FullLevel extends CziLevel {
  originY: number;
  originX: number;
}

type PlaneOf = (entry: DirectoryEntry) => number;

/** A side of this many pixels no microscope makes; a damaged file must not claim it. */
const LONGEST_SIDE = 2 ** 27;

/**
 * The blocks in full resolution: those that are stored as large as they are. A higher M lies on top.
 * @throws UnsupportedError where a plane has smaller or larger blocks only; CorruptFileError
 */
export function fullResolution(
  entries: readonly DirectoryEntry[],
  planeOf: PlaneOf,
  { path, place }: { path: string; place: string },
): FullLevel {
  const full = entries.filter((entry) => isFull(extentOf(entry, 'X')) && isFull(extentOf(entry, 'Y')));
  if (full.length === 0) {
    throw new UnsupportedError(path, `${place} has sub-sampled blocks only, no pixels in full resolution`);
  }
  const complete = new Set(full.map(planeOf));
  const other = entries.find((entry) => !complete.has(planeOf(entry)));
  if (other) {
    throw new UnsupportedError(path, `${place} has a plane in lower resolution only (block at byte ${other.position})`);
  }
  const x = bounds(full.map((entry) => extentOf(entry, 'X')));
  const y = bounds(full.map((entry) => extentOf(entry, 'Y')));
  if (x.size > LONGEST_SIDE || y.size > LONGEST_SIDE) {
    throw new CorruptFileError(path, `${place} states ${y.size} x ${x.size} pixels`);
  }
  const tileOf = (entry: DirectoryEntry): Tile => ({
    entry,
    y: extentOf(entry, 'Y').start - y.start,
    x: extentOf(entry, 'X').start - x.start,
    height: extentOf(entry, 'Y').size,
    width: extentOf(entry, 'X').size,
  });
  const planes = sortIntoPlanes(full.map(tileOf), planeOf);
  return { height: y.size, width: x.size, originY: y.start, originX: x.start, planes };
}

/**
 * Smaller versions, the largest first. A level counts only where every plane of the image has it from border to border.
 */
export function pyramidLevels(entries: readonly DirectoryEntry[], planeOf: PlaneOf, full: FullLevel): CziLevel[] {
  const byFactor = new Map<number, DirectoryEntry[]>();
  for (const entry of entries) {
    const factor = factorOf(entry);
    if (factor < 2) continue;
    const list = byFactor.get(factor);
    if (list) list.push(entry);
    else byFactor.set(factor, [entry]);
  }
  const levels: CziLevel[] = [];
  for (const [factor, ofFactor] of [...byFactor].sort(([a], [b]) => a - b)) {
    const height = Math.ceil(full.height / factor);
    const width = Math.ceil(full.width / factor);
    const tiles = ofFactor.map((entry): Tile => {
      const [y, x] = [extentOf(entry, 'Y'), extentOf(entry, 'X')];
      const at = (start: number, origin: number) => Math.floor((start - origin) / factor);
      return { entry, y: at(y.start, full.originY), x: at(x.start, full.originX), height: y.stored, width: x.stored };
    });
    const planes = sortIntoPlanes(tiles, planeOf);
    const whole = [...full.planes.keys()].every((plane) => reachesBorders(planes.get(plane) ?? [], height, width));
    if (whole) levels.push({ height, width, planes });
  }
  return levels;
}

function isFull({ size, stored }: Extent): boolean {
  return size === stored;
}

/** How many pixels of level 0 a pixel of the block stands for; small blocks are told by their longer side. */
function factorOf(entry: DirectoryEntry): number {
  const [x, y] = [extentOf(entry, 'X'), extentOf(entry, 'Y')];
  const longer = x.size >= y.size ? x : y;
  return isFull(x) && isFull(y) ? 1 : Math.round(longer.size / longer.stored);
}

function sortIntoPlanes(tiles: readonly Tile[], planeOf: PlaneOf): Map<number, Tile[]> {
  const planes = new Map<number, Tile[]>();
  for (const tile of tiles) {
    const plane = planeOf(tile.entry);
    const list = planes.get(plane);
    if (list) list.push(tile);
    else planes.set(plane, [tile]);
  }
  // Stable: without M, and among equals, the order of the directory decides.
  for (const list of planes.values()) list.sort((a, b) => extentOf(a.entry, 'M').start - extentOf(b.entry, 'M').start);
  return planes;
}

function reachesBorders(tiles: readonly Tile[], height: number, width: number): boolean {
  if (tiles.length === 0) return false;
  const [top, left] = [Math.min(...tiles.map(({ y }) => y)), Math.min(...tiles.map(({ x }) => x))];
  const bottom = Math.max(...tiles.map((tile) => tile.y + tile.height));
  const right = Math.max(...tiles.map((tile) => tile.x + tile.width));
  return top <= 0 && left <= 0 && bottom >= height && right >= width;
}

function bounds(extents: readonly Extent[]): Pick<Extent, 'start' | 'size'> {
  let first = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  for (const { start, size } of extents) {
    first = Math.min(first, start);
    end = Math.max(end, start + size);
  }
  return { start: first, size: end - first };
}
