import type { Decision } from '../../../src/curation/decision';
import type { CuratedRole, ImageView } from '../../../src/curation/page-api';
import type { Numbering } from '../../../src/masks/object-names';
import { type TargetRoles, targetRoles } from '../../../src/masks/target';
import { type Area, isSection, type PlacedTile } from '../../shared/logic/tile-grid';
import type { LoadedTile } from '../../shared/logic/tile-loader';
import { mergedSection, throughAllPlanes } from './merged-section';
import { type Merged, mergedTile } from './merged-tile';
import { asNumbers, numbersRole } from './numbering';

/** What training will get of a tile of any view. */
export interface MergedView {
  /** [rows, columns], as `makeTarget` makes it, or `NumberedTarget` where objects are told apart */
  pixels: Merged;
  size: [number, number];
}

/** Tiles of the same place of the images that a result is made of. */
export interface ResultTiles {
  base: LoadedTile;
  other: LoadedTile | null;
  mergeMask: LoadedTile | null;
}

/** What the result of an image is made of; null where it lacks a segmentation for that, so that there is none. */
export function resultRoles(
  { pictures }: Pick<ImageView, 'pictures'>,
  { base, merge }: Pick<Decision, 'base' | 'merge'>,
): TargetRoles | null {
  const roles = targetRoles(base, merge.length > 0 || pictures.mergeMask !== undefined);
  const isThere = roles.base === 'none' || pictures[roles.base] !== undefined;
  return isThere && (!roles.other || pictures[roles.other]) ? roles : null;
}

/** The images in whose tiles a result is made, the first says where they lie: what is painted from nothing lies on the raw image. */
export function sourcesOf(
  image: Pick<ImageView, 'pictures'>,
  { base, other }: TargetRoles,
  numbered: boolean,
): { base: CuratedRole; other: CuratedRole | null } {
  const roleOf = (role: 'seg1' | 'seg2') => (numbered ? numbersRole(image, role) : role);
  return { base: base === 'none' ? 'raw' : roleOf(base), other: other && roleOf(other) };
}

/** The tile of a base where there is none: all background. */
export function emptyTile({ size }: PlacedTile): LoadedTile {
  return { pixels: new Uint8Array(size[0] * size[1]), size };
}

/** What is drawn of a result in a view; null where a maximum cannot be told from those of the segmentations. */
export function shownInView<D extends Pick<Decision, 'merge' | 'strokes'>>(
  decision: D,
  view: 'xy' | 'ortho' | PlacedTile['request']['view'],
  { pictures: { raw, mergeMask } }: Pick<ImageView, 'pictures'>,
): D | null {
  return view === 'max' ? throughAllPlanes(decision, raw.shape[2], mergeMask?.shape[2] ?? 1) : decision;
}

/**
 * @param drawn what {@link shownInView} leaves
 * @param placed where the tile lies; its rows are all planes of the stack, also where a mask has one only
 * @param tile side of a tile
 * @param z the plane of an `xy` view
 * @param numbering of objects; null: the foreground alone
 * @returns null where the images do not lie on each other
 */
export function mergedView(
  drawn: Pick<Decision, 'merge' | 'strokes'>,
  tiles: ResultTiles,
  placed: PlacedTile,
  { tile, z, numbering = null }: { tile: number; z: number; numbering?: Numbering | null },
): MergedView | null {
  const present = [tiles.base, tiles.other, tiles.mergeMask].filter((each) => each !== null);
  const { view, at, level, row, column, t } = placed.request;
  // Tiles of large stacks come coarser than their level, each image by its own size.
  const columns = Math.min(...present.map(({ size }) => size[1]));
  const rows = isSection(view) ? placed.size[0] : Math.min(...present.map(({ size }) => size[0]));
  const fitted = (each: LoadedTile | null) => each && inCoarserPixels(each, rows, columns);
  const [foundBase, foundOther, mergeMask] = [fitted(tiles.base), fitted(tiles.other), fitted(tiles.mergeMask)];
  const [base, other] = [foundBase, foundOther].map((each) => each && (numbering ? asNumbers(each) : each));
  if (!base || (tiles.other && !other) || (tiles.mergeMask && !mergeMask)) return null;
  const sources = { base, other, mergeMask };
  const coarser = 2 ** Math.max(0, Math.round(Math.log2(placed.size[1] / columns)));
  const step = coarser * 2 ** level;
  if (isSection(view)) {
    const start = column * tile * 2 ** level;
    const frame = { view, at, start, step, columns, firstPlane: row * tile, planes: rows, t };
    return { pixels: mergedSection(drawn, sources, frame, numbering), size: [rows, columns] };
  }
  const [x, y] = [column, row].map((index) => Math.floor((index * tile) / coarser));
  const part = { x, y, width: columns, height: rows, step, z, t };
  return { pixels: mergedTile(drawn, sources, part, numbering), size: [rows, columns] };
}

/**
 * The pixels of a tile in coarser ones, the largest of theirs, as levels are made; a single row stays one.
 * @returns null where its size is no whole number of halvings from the wanted one
 */
function inCoarserPixels({ pixels, size }: LoadedTile, rows: number, columns: number): ArrayLike<number> | null {
  const [height, width] = size;
  if (width === columns && (height === rows || height === 1)) return pixels;
  const coarseRows = height === 1 ? 1 : rows;
  const [stepY, stepX] = [halvings(height, coarseRows), halvings(width, columns)];
  if (stepY === null || stepX === null) return null;
  const isNumbers = pixels instanceof Uint32Array;
  const coarse = isNumbers ? new Uint32Array(coarseRows * columns) : new Uint8Array(coarseRows * columns);
  for (let i = 0; i < height * width; i++) {
    const at = Math.floor(Math.floor(i / width) / stepY) * columns + Math.floor((i % width) / stepX);
    coarse[at] = Math.max(coarse[at], pixels[i]);
  }
  return coarse;
}

/** How many pixels become one; null where no whole number of halvings leads from one size to the other. */
function halvings(from: number, to: number): number | null {
  const step = 2 ** Math.round(Math.log2(from / to));
  return step >= 1 && Math.ceil(from / step) === to ? step : null;
}

/** Where a tile of any view cuts the planes of the stack. */
export function areaOnPlane({ area, request: { view, at } }: PlacedTile): Area {
  if (view === 'xz') return { u0: area.u0, u1: area.u1, v0: at, v1: at };
  return view === 'yz' ? { u0: at, u1: at, v0: area.u0, v1: area.u1 } : area;
}
