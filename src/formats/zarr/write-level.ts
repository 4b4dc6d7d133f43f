import { InvalidInputError, UnsupportedError } from '../../base/errors';
import { Constancy } from '../../image/blocks';
import { bytesOf, type DType, type PixelArray } from '../../image/dtype';
import type { Shape5 } from '../../image/region';
import type { AtomicFolder } from '../../storage/atomic-folder';
import { type Halving, halved, RowHalver, SMALLEST_LEVEL } from '../pyramid';
import { type BandPlace, cutBlock, RowBands } from '../row-bands';
import type { Compression, WriteInfo } from '../source';
import { gzip, hasZstd, zstd } from './byte-codecs';

/** Side of a chunk where nothing else is asked: half a megabyte of uint16, as most tools write. */
const CHUNK_SIDE = 512;
const LARGEST_SIDE = 8192;

/** The planes of one resolution and the chunks they are cut into. */
export interface WriteLevel {
  width: number;
  height: number;
  chunkWidth: number;
  chunkHeight: number;
}

/**
 * Plans the resolutions, each half as large as the one before, and their chunks of one plane: rows come in C order, so
 * deeper chunks would keep whole planes in memory.
 */
export function planLevels({ shape, tile = CHUNK_SIDE, pyramid }: WriteInfo): WriteLevel[] {
  if (!Number.isSafeInteger(tile) || tile < 16 || tile > LARGEST_SIDE || tile % 16 !== 0) {
    throw new InvalidInputError('tile', `a multiple of 16 up to ${LARGEST_SIDE}`, tile);
  }
  const levels: WriteLevel[] = [];
  for (let [height, width] = [shape[3], shape[4]]; ; [height, width] = [halved(height), halved(width)]) {
    levels.push({ width, height, chunkWidth: Math.min(tile, width), chunkHeight: Math.min(tile, height) });
    if (!pyramid || Math.max(height, width) <= SMALLEST_LEVEL) return levels;
  }
}

/** Takes the rows of one resolution, cuts them into chunks, and hands halved rows on to the next one. */
export class LevelWriter {
  private readonly bands: RowBands;

  constructor(
    private readonly layout: WriteLevel,
    private readonly shape: Shape5,
    private readonly dtype: DType,
    /** the key of the chunk at a grid position [t, c, z, y, x] */
    private readonly keyOf: (position: Shape5) => string,
    private readonly queue: ChunkQueue,
    next: LevelWriter | null,
    halving: Halving,
  ) {
    const { width, height, chunkHeight } = layout;
    const halver = next ? new RowHalver(width, height, dtype, halving) : null;
    this.bands = new RowBands(
      { width, height, blockHeight: chunkHeight },
      dtype,
      (band, place) => this.cut(band, place),
      async (piece) => {
        if (halver && next) await next.write(halver.add(piece));
      },
    );
  }

  /** Takes rows in order, over planes' borders too; the caller may change them afterwards. */
  write(rows: PixelArray): Promise<void> {
    return this.bands.write(rows);
  }

  /** The chunks of a row of them. */
  private async cut(band: PixelArray, { plane, row }: BandPlace): Promise<void> {
    const { width, chunkWidth, chunkHeight } = this.layout;
    const [, sizeC, sizeZ] = this.shape;
    const z = plane % sizeZ;
    const c = Math.floor(plane / sizeZ) % sizeC;
    const t = Math.floor(plane / (sizeZ * sizeC));
    const down = row / chunkHeight;
    for (let left = 0, across = 0; left < width; left += chunkWidth, across++) {
      const chunk = cutBlock(band, this.dtype, { width, left, blockWidth: chunkWidth, blockHeight: chunkHeight });
      await this.queue.add(this.keyOf([t, c, z, down, across]), bytesOf(chunk));
    }
  }
}

/** Chunks that are compressed and written at a time; zlib has four threads. */
const AT_ONCE = 8;

/** Compresses chunks on zlib's threads and writes each to its file, several at a time. */
export class ChunkQueue {
  private readonly compress: (bytes: Uint8Array) => Promise<Uint8Array>;
  private readonly running = new Set<Promise<void>>();
  private failure: { error: unknown } | null = null;

  /** @throws UnsupportedError for Zstandard where this Node.js has none */
  constructor(
    private readonly folder: AtomicFolder,
    compression: Compression,
  ) {
    if (compression === 'zstd' && !hasZstd()) {
      const text = `Zstd needs Node.js 22.15 or newer, this is ${process.versions.node}; use Deflate`;
      throw new UnsupportedError(folder.path, text);
    }
    this.compress = { none: async (bytes: Uint8Array) => bytes, deflate: gzip, zstd }[compression];
  }

  /**
   * Begins a chunk and waits while too many are under way. A chunk of zeros gets no file: it is what absent ones are.
   * @param bytes must not change afterwards
   */
  async add(key: string, bytes: Uint8Array): Promise<void> {
    if (new Constancy(bytes).isZero(0, bytes.length)) return;
    while (this.running.size >= AT_ONCE) await Promise.race(this.running);
    this.check();
    const work = this.store(key, bytes)
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => this.running.delete(work));
    this.running.add(work);
  }

  /** Waits until all chunks are written. @throws what failed first */
  async drain(): Promise<void> {
    await Promise.all(this.running);
    this.check();
  }

  /** Waits until nothing is under way, whatever came of it. */
  async settle(): Promise<void> {
    await Promise.all(this.running);
  }

  private async store(key: string, bytes: Uint8Array): Promise<void> {
    await this.folder.write(key, await this.compress(bytes));
  }

  private check(): void {
    if (this.failure) throw this.failure.error;
  }
}
