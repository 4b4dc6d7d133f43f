import type { Decision } from '../../../src/curation/decision';
import type { Area, PlacedTile } from '../../shared/logic/tile-grid';
import type { LoadedTile } from '../../shared/logic/tile-loader';
import { mergedSection, throughAllPlanes } from './merged-section';
import { mergedTile } from './merged-tile';

type Merging = Pick<Decision, 'base' | 'merge' | 'strokes'>;

/** What training will get of a tile of any view. */
export interface MergedView {
  /** [rows, columns], 0 or 1 */
  pixels: Uint8Array;
  size: [number, number];
}

/**
 * @param placed where the tile lies; its rows are all planes of the stack, also where a segmentation has one only
 * @param tile side of a tile
 * @param z the plane of an `xy` view
 * @param planes of the stack
 * @returns null where the segmentations do not lie on each other, or the maximum cannot be told from theirs
 */
export function mergedView(
  decision: Merging,
  seg1: LoadedTile | null,
  seg2: LoadedTile | null,
  placed: PlacedTile,
  { tile, z, planes }: { tile: number; z: number; planes: number },
): MergedView | null {
  const size = (seg1 ?? seg2)?.size;
  if (!size) return null;
  const { view, at, level, row, column } = placed.request;
  const [rows, columns] = size;
  const isSection = view === 'xz' || view === 'yz';
  const fits = (other: LoadedTile | null) =>
    !other ||
    (other.size[1] === columns && (isSection ? [1, placed.size[0]].includes(other.size[0]) : other.size[0] === rows));
  const merging = view === 'max' ? throughAllPlanes(decision, planes) : decision;
  if (!merging || !fits(seg1) || !fits(seg2)) return null;
  // Tiles of large stacks come coarser than their level.
  const coarser = 2 ** Math.max(0, Math.round(Math.log2(placed.size[1] / columns)));
  const step = coarser * 2 ** level;
  if (isSection) {
    const start = column * tile * 2 ** level;
    const frame = { view, at, start, step, columns, firstPlane: row * tile, planes: placed.size[0] };
    const pixels = mergedSection(merging, seg1?.pixels ?? null, seg2?.pixels ?? null, frame);
    return { pixels, size: [placed.size[0], columns] };
  }
  const [x, y] = [column, row].map((index) => Math.floor((index * tile) / coarser));
  const frame = { x, y, width: columns, height: rows, step, z };
  return { pixels: mergedTile(merging, seg1?.pixels ?? null, seg2?.pixels ?? null, frame), size };
}

/** Where a tile of any view cuts the planes of the stack. */
export function areaOnPlane({ area, request: { view, at } }: PlacedTile): Area {
  if (view === 'xz') return { u0: area.u0, u1: area.u1, v0: at, v1: at };
  return view === 'yz' ? { u0: at, u1: at, v0: area.u0, v1: area.u1 } : area;
}
