import { throwIfCancelled } from '../base/errors';
import { bandRows, planeBands } from '../image/bands';
import type { PixelArray } from '../image/dtype';
import { UNKNOWN } from '../masks/target';
import type { OpenPicture, PictureContext } from './open-picture';

/** [y, x] */
export type Size = readonly [number, number];

/** One plane of a picture; `depth` planes from z on are seen as their maximum. */
export interface Planes {
  t: number;
  c: number;
  z: number;
  depth: number;
}

/** Of a plane as small pixels, [y, x], each of which stands for a square of the picture's. */
export interface SmallMask {
  /** 1 in the foreground: where half of a square is, and where all of an object is less than that */
  inside: Uint8Array;
  /** a value that is there in the square, the number of an object where the picture has such; 0 outside */
  values: Float64Array;
  /** 1 where nobody said what is there */
  unknown: Uint8Array;
}

/** Finds the smallest level of the file that has at least as many rows and columns as are wanted. */
export function levelFor({ levels }: OpenPicture, [rows, columns]: Size): number {
  let found = 0;
  for (const [i, { stored, size }] of levels.entries()) {
    if (stored !== null && size[0] >= rows && size[1] >= columns) found = i;
  }
  return found;
}

/** Reads a plane as the means of its squares; squares without a finite value are NaN. */
export async function smallMeans(
  picture: OpenPicture,
  planes: Planes,
  size: Size,
  context: PictureContext,
): Promise<Float32Array> {
  const highest = new Float32Array(size[0] * size[1]).fill(Number.NaN);
  const sums = new Float64Array(highest.length);
  const counts = new Float64Array(highest.length);
  await forEachRow(picture, planes, size, context, {
    row: (pixels, from, squares, at, step) => {
      for (let x = 0; x < squares.length; x += step) {
        const value = pixels[from + x];
        if (!Number.isFinite(value)) continue;
        sums[at + squares[x]] += value;
        counts[at + squares[x]]++;
      }
    },
    plane: () => {
      for (let i = 0; i < highest.length; i++) {
        const mean = sums[i] / counts[i];
        if (!(mean <= highest[i])) highest[i] = counts[i] > 0 ? mean : highest[i];
      }
      sums.fill(0);
      counts.fill(0);
    },
  });
  return highest;
}

/** Reads a plane of a mask, of labels or of a target as what is inside. */
export async function smallMask(
  picture: OpenPicture,
  planes: Planes,
  size: Size,
  context: PictureContext,
): Promise<SmallMask> {
  const pixels = size[0] * size[1];
  const result = {
    inside: new Uint8Array(pixels),
    values: new Float64Array(pixels),
    unknown: new Uint8Array(pixels),
  };
  const [set, open, all] = [new Float64Array(pixels), new Float64Array(pixels), new Float64Array(pixels)];
  const target = picture.purpose === 'segmentation' && picture.desc.unknown !== undefined;
  await forEachRow(picture, planes, size, context, {
    row: (row, from, squares, at, step) => {
      for (let x = 0; x < squares.length; x += step) {
        const [value, square] = [row[from + x], at + squares[x]];
        all[square]++;
        if (target && value === UNKNOWN) open[square]++;
        else if (value !== 0 && !Number.isNaN(value)) {
          set[square]++;
          result.values[square] = value;
        }
      }
    },
    plane: () => {
      keepSmall(set, all, size, result.inside);
      for (let i = 0; i < pixels; i++) if (2 * open[i] > all[i]) result.unknown[i] = 1;
      for (const sums of [set, open, all]) sums.fill(0);
    },
  });
  for (let i = 0; i < pixels; i++) if (result.inside[i] === 0) result.values[i] = 0;
  return result;
}

/** Marks squares of which half is set, and those with anything set that have no such neighbour: what is small stays. */
function keepSmall(set: Float64Array, all: Float64Array, [rows, columns]: Size, inside: Uint8Array): void {
  const isHalf = (i: number) => 2 * set[i] >= all[i] && set[i] > 0;
  const hasNeighbour = (i: number): boolean => {
    const [y, x] = [Math.floor(i / columns), i % columns];
    for (let v = Math.max(0, y - 1); v <= Math.min(rows - 1, y + 1); v++) {
      for (let u = Math.max(0, x - 1); u <= Math.min(columns - 1, x + 1); u++) if (isHalf(v * columns + u)) return true;
    }
    return false;
  };
  for (let i = 0; i < set.length; i++) if (set[i] > 0 && (isHalf(i) || !hasNeighbour(i))) inside[i] = 1;
}

/** Of a square pixels are counted along each side, so many at least: what a picture shows of more is the same. */
const COUNTED = 16;

interface RowVisitor {
  /**
   * @param from where the row begins
   * @param squares the column of each pixel
   * @param at where the row of squares begins
   * @param step from one pixel that counts to the next
   */
  row(pixels: PixelArray, from: number, squares: Uint32Array, at: number, step: number): void;
  /** a plane is complete */
  plane(): void;
}

/** Reads planes from the level that fits, in bands; of rows that one small row stands for, one row of stored blocks at least. */
async function forEachRow(
  picture: OpenPicture,
  { t, c, z, depth }: Planes,
  size: Size,
  { signal, limits }: PictureContext,
  visitor: RowVisitor,
): Promise<void> {
  const stored = picture.levels[levelFor(picture, size)].stored ?? 0;
  const { shape, block } = await picture.reader(stored);
  const [height, width] = [shape[3], shape[4]];
  const [rows, columns] = size;
  const squares = Uint32Array.from({ length: width }, (_, x) => Math.floor((x * columns) / width));
  const [down, across] = [height / rows, width / columns].map((side) => Math.max(1, Math.floor(side / COUNTED)));
  const most = bandRows(shape, [block[3]], limits.bandPixels);
  const bands = [...bandsToRead(height, rows, { block: block[3], most, all: height * width <= limits.bandPixels })];
  for (let plane = z; plane < z + depth; plane++) {
    for (const band of bands) {
      throwIfCancelled(signal, 'drawing an image');
      const pixels = await picture.read(
        stored,
        { start: [t, c, plane, band.y, 0], size: [1, 1, 1, band.rows, width] },
        signal,
      );
      for (let y = (down - (band.y % down)) % down; y < band.rows; y += down) {
        visitor.row(pixels, y * width, squares, Math.floor(((band.y + y) * rows) / height) * columns, across);
      }
    }
    visitor.plane();
  }
}

/**
 * Lists the rows of a plane that are read: all, or, where two rows of blocks or more become one small row, the row of
 * blocks in the middle of them.
 */
function* bandsToRead(
  height: number,
  rows: number,
  { block, most, all }: { block: number; most: number; all: boolean },
): Generator<{ y: number; rows: number }> {
  if (all || height / rows < 2 * block) {
    yield* planeBands(height, most);
    return;
  }
  for (let row = 0; row < rows; row++) {
    const [first, end] = [Math.ceil((row * height) / rows), Math.ceil(((row + 1) * height) / rows)];
    const y = Math.max(first, Math.floor((first + end) / 2 / block) * block);
    yield { y, rows: Math.min(block, end - y) };
  }
}
