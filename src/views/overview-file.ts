import { open } from 'node:fs/promises';
import { CorruptFileError } from '../base/errors';
import { type Halving, halved, RowHalver, SMALLEST_LEVEL } from '../formats/pyramid';
import { allocate, bytesOf, bytesPerPixel, type DType, type PixelArray, viewAs } from '../image/dtype';
import type { AtomicFile } from '../storage/atomic-file';
import { fileError } from '../storage/file-error';
import { cutWindow, TILE, type Tile, tileWindow } from './levels';

/** Lists the sizes of a plane and of its halves, down to one that a screen shows whole. */
export function halves(first: readonly [number, number]): Array<[number, number]> {
  const sizes: Array<[number, number]> = [[first[0], first[1]]];
  for (let [y, x] = first; Math.max(y, x) > SMALLEST_LEVEL; ) {
    [y, x] = [halved(y), halved(x)];
    sizes.push([y, x]);
  }
  return sizes;
}

/** Counts the bytes of an overview of planes of these sizes. */
export function overviewBytes(sizes: ReadonlyArray<readonly [number, number]>, dtype: DType): number {
  return sizes.reduce((sum, [y, x]) => sum + y * x * bytesPerPixel(dtype), 0);
}

/**
 * Writes planes of which each is half of the one before as tiles: the planes one after another, of each the tiles row
 * by row, those at the far edges smaller; nothing else. Holds one row of tiles of each plane.
 */
export class OverviewWriter {
  private readonly planes: PlaneWriter[];
  private readonly halvers: RowHalver[];

  /** @param sizes [y, x] of each plane; the rows that come are those of the first */
  constructor(file: AtomicFile, sizes: ReadonlyArray<readonly [number, number]>, dtype: DType, halving: Halving) {
    this.planes = sizes.map((size, i) => {
      return new PlaneWriter(file, size, dtype, overviewBytes(sizes.slice(0, i), dtype));
    });
    this.halvers = sizes.slice(1).map((_, i) => new RowHalver(sizes[i][1], sizes[i][0], dtype, halving));
  }

  /** Takes whole rows in order. */
  async add(rows: PixelArray): Promise<void> {
    let next = rows;
    for (const [i, plane] of this.planes.entries()) {
      if (next.length === 0) return;
      const smaller = this.halvers[i]?.add(next) ?? next.subarray(0, 0);
      await plane.add(next);
      next = smaller;
    }
  }
}

class PlaneWriter {
  private held: PixelArray;
  private heldRows = 0;
  private row = 0;

  constructor(
    private readonly file: AtomicFile,
    private readonly size: readonly [number, number],
    dtype: DType,
    private position: number,
  ) {
    this.held = allocate(dtype, Math.min(TILE, size[0]) * size[1]);
  }

  async add(rows: PixelArray): Promise<void> {
    const [height, width] = this.size;
    for (let done = 0; done < rows.length; ) {
      const wanted = Math.min(TILE, height - this.row) - this.heldRows;
      const part = rows.subarray(done, done + wanted * width);
      this.held.set(part, this.heldRows * width);
      this.heldRows += part.length / width;
      done += part.length;
      if (this.heldRows === Math.min(TILE, height - this.row)) await this.writeTiles();
    }
  }

  private async writeTiles(): Promise<void> {
    const [, width] = this.size;
    const height = this.heldRows;
    for (let x = 0; x < width; x += TILE) {
      const tile = cutWindow(this.held, width, { y: 0, x, height, width: Math.min(TILE, width - x) });
      await this.file.write(bytesOf(tile), this.position);
      this.position += tile.byteLength;
    }
    this.row += height;
    this.heldRows = 0;
  }
}

/**
 * Reads one tile of an overview. @param level number of the plane in `sizes`
 * @throws InvalidInputError where there is no such tile; SegmenterError `not-found` where the file was evicted
 */
export async function readOverviewTile(
  path: string,
  sizes: ReadonlyArray<readonly [number, number]>,
  dtype: DType,
  { level, row, column }: { level: number; row: number; column: number },
): Promise<Tile> {
  const { y, x, height, width } = tileWindow(sizes[level], row, column);
  const before = overviewBytes(sizes.slice(0, level), dtype);
  const place = before + (y * sizes[level][1] + x * height) * bytesPerPixel(dtype);
  const bytes = new Uint8Array(height * width * bytesPerPixel(dtype));
  const file = await open(path, 'r').catch((error: unknown) => {
    throw fileError(error, 'read', path);
  });
  try {
    const { bytesRead } = await file.read(bytes, 0, bytes.length, place);
    if (bytesRead < bytes.length) throw new CorruptFileError(path, `ends before byte ${place + bytes.length}`);
  } finally {
    await file.close();
  }
  return { pixels: viewAs(dtype, bytes), height, width };
}
