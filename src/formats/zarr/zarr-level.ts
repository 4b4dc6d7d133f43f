import {
  CancelledError,
  CorruptFileError,
  messageOf,
  SegmenterError,
  throwIfCancelled,
  UnsupportedError,
} from '../../base/errors';
import { forEachConcurrently } from '../../base/long-work';
import type { DType, PixelArray } from '../../image/dtype';
import { AXES, count, type Region, type Shape5 } from '../../image/region';
import { type BlockCache, DECODING } from '../byte-budget';
import { indexBytes, type ZarrArrayInfo } from './array-metadata';
import { chunkDecoder, chunkStride } from './chunk-codecs';
import { ChunkFiles } from './chunk-files';
import type { Axis } from './multiscale';
import type { ZarrStore } from './store';
import { InexactPixel, toPixels } from './stored-types';

/** Chunks that are fetched and decoded at a time; zlib has four threads, a server some patience. */
const AT_ONCE = 8;

interface DecodedChunk {
  pixels: PixelArray;
  /** pixels from one to the next along each of the array's dimensions */
  stride: number[];
}

/** One resolution of an image: an array whose chunks are read as blocks of [t, c, z, y, x]. */
export class ZarrLevel {
  readonly shape: Shape5;
  /** a chunk, or as much of it as the level has */
  readonly block: Shape5;
  readonly dtype: DType;
  /** the array's dimension of t, c, z, y, x; -1 where it has none */
  private readonly dimensions: number[];
  private readonly chunks: Shape5;
  /** memory that decoding a chunk takes: stored, decoded, in the order of the array, and the index of its shard */
  private readonly bytesInWork: number;
  private readonly files: ChunkFiles;
  private readonly decodeBytes: (stored: Uint8Array) => Promise<Uint8Array<ArrayBuffer>>;
  /** of every decoded chunk: all chunks of an array have one order */
  private readonly stride: number[];

  constructor(
    store: ZarrStore,
    private readonly key: string,
    private readonly info: ZarrArrayInfo,
    axes: readonly Axis[],
    private readonly cache: BlockCache,
  ) {
    this.dimensions = AXES.map((place) => axes.findIndex((axis) => axis.place === place));
    const along = (sizes: readonly number[]) => this.dimensions.map((dim) => (dim < 0 ? 1 : sizes[dim])) as Shape5;
    this.shape = along(info.shape);
    this.chunks = along(info.chunks);
    this.block = this.chunks.map((n, axis) => Math.min(n, this.shape[axis])) as Shape5;
    this.dtype = info.type.dtype;
    this.bytesInWork = 3 * count(info.chunks) * info.type.bytes + 2 * indexBytes(info);
    this.files = new ChunkFiles(store, key, info);
    this.decodeBytes = chunkDecoder(info);
    this.stride = chunkStride(info);
  }

  /** Fills `out`, C order over the region, chunk by chunk. */
  async read(region: Region, out: PixelArray, signal: AbortSignal | undefined): Promise<void> {
    await forEachConcurrently(this.touched(region), AT_ONCE, async (position) => {
      throwIfCancelled(signal, 'reading');
      await DECODING.run(this.bytesInWork, signal, () => this.copyChunk(position, region, out, signal));
    });
  }

  private async copyChunk(
    position: Shape5,
    region: Region,
    out: PixelArray,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const start = position.map((n, axis) => n * this.chunks[axis]) as Shape5;
    const chunk = await this.chunk(position, contains(region, start, this.chunks), signal);
    if (!chunk) {
      if (this.info.fill !== 0) fillBlock(this.info.fill, start, this.chunks, out, region);
      return;
    }
    const stride = this.dimensions.map((dim) => (dim < 0 ? 0 : chunk.stride[dim])) as Shape5;
    copyBlock(chunk.pixels, { start, size: this.chunks, stride }, out, region);
  }

  /** The grid positions of all chunks that hold pixels of the region. */
  private *touched({ start, size }: Region): Generator<Shape5> {
    const first = start.map((n, axis) => Math.floor(n / this.chunks[axis]));
    const last = start.map((n, axis) => Math.floor((n + size[axis] - 1) / this.chunks[axis]));
    for (let t = first[0]; t <= last[0]; t++)
      for (let c = first[1]; c <= last[1]; c++)
        for (let z = first[2]; z <= last[2]; z++)
          for (let y = first[3]; y <= last[3]; y++) for (let x = first[4]; x <= last[4]; x++) yield [t, c, z, y, x];
  }

  /** @param whole the chunk is wanted as a whole, so nobody will come for the rest of it */
  private async chunk(position: Shape5, whole: boolean, signal?: AbortSignal): Promise<DecodedChunk | null> {
    const cacheKey = `${this.key}:${position}`;
    const known = this.cache.get(cacheKey);
    if (known) return { pixels: known, stride: this.stride };
    const grid = this.info.chunks.map(() => 0);
    for (const [axis, dim] of this.dimensions.entries()) if (dim >= 0) grid[dim] = position[axis];
    const decoded = await this.decode(grid, signal);
    if (decoded && !whole) this.cache.set(cacheKey, decoded.pixels, decoded.pixels.byteLength);
    return decoded;
  }

  private async decode(grid: number[], signal: AbortSignal | undefined): Promise<DecodedChunk | null> {
    const { chunks, type } = this.info;
    try {
      const stored = await this.files.read(grid, signal);
      if (!stored) return null;
      const bytes = await this.decodeBytes(stored);
      const pixels = bytes.byteLength / type.bytes;
      if (pixels !== count(chunks)) {
        throw new Error(`holds ${pixels} pixels, expected ${count(chunks)} of a chunk [${chunks}]`);
      }
      return { pixels: toPixels(bytes, type), stride: this.stride };
    } catch (error) {
      if (error instanceof SegmenterError) throw error;
      if (signal?.aborted) throw new CancelledError('reading');
      const name = this.files.nameOf(grid);
      if (error instanceof InexactPixel) throw new UnsupportedError(name, error.message);
      throw new CorruptFileError(
        name,
        `the chunk ${grid.join(', ')} cannot be decoded: ${messageOf(error)}`,
        { chunk: grid },
        { cause: error },
      );
    }
  }
}

function contains({ start, size }: Region, at: Shape5, extent: Shape5): boolean {
  return at.every((n, axis) => n >= start[axis] && n + extent[axis] <= start[axis] + size[axis]);
}

/** A block of pixels in memory: where it lies in the image, and how far apart its pixels are. */
interface PlacedBlock {
  start: Shape5;
  size: Shape5;
  /** array elements from one pixel to the next along [t, c, z, y, x] */
  stride: Shape5;
}

/** Copies what a block and a region share into `out`, C order over the region. */
function copyBlock(pixels: PixelArray, block: PlacedBlock, out: PixelArray, region: Region): void {
  const { stride, start } = block;
  const [st, sc, sz, sy, sx] = stride;
  forEachRow(block, region, (t, c, z, y, x, n, at) => {
    const from =
      (t - start[0]) * st + (c - start[1]) * sc + (z - start[2]) * sz + (y - start[3]) * sy + (x - start[4]) * sx;
    if (sx === 1) out.set(pixels.subarray(from, from + n), at);
    else for (let i = 0; i < n; i++) out[at + i] = pixels[from + i * sx];
  });
}

/** Sets what a block and a region share to one value. */
function fillBlock(value: number, start: Shape5, size: Shape5, out: PixelArray, region: Region): void {
  forEachRow({ start, size }, region, (_t, _c, _z, _y, _x, n, at) => {
    out.fill(value, at, at + n);
  });
}

type UseRow = (t: number, c: number, z: number, y: number, x: number, n: number, at: number) => void;

/** Every row of the shared block: its first pixel's place in the image, its length, and its place in the region. */
function forEachRow({ start, size }: Region, region: Region, use: UseRow): void {
  const low = start.map((n, axis) => Math.max(n, region.start[axis]));
  const high = start.map((n, axis) => Math.min(n + size[axis], region.start[axis] + region.size[axis]));
  const [t0, c0, z0, y0, x0] = region.start;
  const [, nc, nz, ny, nx] = region.size;
  const length = high[4] - low[4];
  if (length <= 0) return;
  for (let t = low[0]; t < high[0]; t++)
    for (let c = low[1]; c < high[1]; c++)
      for (let z = low[2]; z < high[2]; z++)
        for (let y = low[3]; y < high[3]; y++) {
          const at = ((((t - t0) * nc + c - c0) * nz + z - z0) * ny + y - y0) * nx + low[4] - x0;
          use(t, c, z, y, low[4], length, at);
        }
}
