import type { DType } from './dtype';

/** An image as the page draws it: tiles of each level, level 0 the full size. */
export interface Picture {
  /** of all pictures of a sample: another where a later sample of the same id has other pixels */
  version?: string;
  /** [t, c, z, y, x] of level 0 */
  shape: [number, number, number, number, number];
  dtype: DType;
  channels: Array<{ name: string; color?: string }>;
  /** of numbers of objects: whether there are several */
  numbered?: boolean;
  /** micrometres */
  pixelSize: { z: number; y: number; x: number } | null;
  /** [y, x] of each level; a level is half of the one before */
  levels: Array<[number, number]>;
  /** side of a tile, pixels of its level */
  tile: number;
  /** of each channel, from a sample of pixels: value at these percentiles */
  ranges: Array<Record<'min' | 'p0.1' | 'p0.5' | 'p1' | 'p50' | 'p99' | 'p99.5' | 'p99.9' | 'max', number>>;
}

/**
 * What a page asks for of a picture, the answer being the pixels of one tile, little-endian, rows of x, as
 * `application/octet-stream`; headers `x-dtype` and `x-shape` (`y,x`; smaller at the far edges). A segmentation or mask
 * comes as uint8, 0 or 1, numbers of objects as uint32. Views: `xy` (a plane at z = `at`), `xz` (at y), `yz` (at x; rows are z), `max` (along z). xz, yz
 * and max of large stacks may be coarser than level 0.
 */
export interface TileRequest<Role extends string = string> {
  image: Role;
  view: 'xy' | 'xz' | 'yz' | 'max';
  t: number;
  c: number;
  at: number;
  level: number;
  row: number;
  column: number;
  /** that of the picture, so that tiles of earlier pixels are not taken for these */
  version?: string;
}
