import { CorruptFileError } from '../../base/errors';
import { count } from '../../image/region';
import { byteLimit, chunkKey, indexBytes, type ZarrArrayInfo } from './array-metadata';
import { withoutCrc32c } from './byte-codecs';
import type { ZarrStore } from './store';

/** Files that are known to be absent are remembered up to this many. */
const KNOWN_ABSENT = 10_000;
/** Indices of shards that are kept; beyond it they are read anew. */
const MAX_INDEX_BYTES = 64 * 2 ** 20;
/** Offset and length of a chunk that a shard does not hold. */
const NOWHERE = 2n ** 64n - 1n;

/** The stored bytes of an array's chunks, each a file of its own or a part of a shard. */
export class ChunkFiles {
  private readonly absent = new Set<string>();
  /** of each shard that was met, place and length of its chunks; null where there is no such shard */
  private readonly indices = new Map<string, Promise<DataView | null>>();
  private readonly maxBytes: number;

  constructor(
    private readonly store: ZarrStore,
    private readonly array: string,
    private readonly info: ZarrArrayInfo,
  ) {
    this.maxBytes = byteLimit(count(info.chunks) * info.type.bytes);
  }

  /** Says what the file that holds a chunk is called in messages. @param grid the chunk's position, counted in chunks */
  nameOf(grid: readonly number[]): string {
    return this.store.nameOf(this.fileOf(grid));
  }

  /** Reads the stored bytes of a chunk; null where there are none, so that its pixels are the fill value. */
  async read(grid: readonly number[], signal: AbortSignal | undefined): Promise<Uint8Array | null> {
    const file = this.fileOf(grid);
    if (this.absent.has(file)) return null;
    const options = { maxBytes: this.maxBytes, signal };
    if (!this.info.shard) return (await this.store.read(file, options)) ?? this.remember(file);
    const index = await this.indexOf(file);
    if (!index) return this.remember(file);
    const at = 16 * this.placeInShard(grid);
    const [offset, length] = [index.getBigUint64(at, true), index.getBigUint64(at + 8, true)];
    if (offset === NOWHERE && length === NOWHERE) return null;
    const range = { offset: Number(offset), length: Number(length) };
    return (await this.store.readRange(file, range, options)) ?? this.remember(file);
  }

  private fileOf(grid: readonly number[]): string {
    const { chunks, fileShape } = this.info;
    const position = grid.map((n, dim) => Math.floor((n * chunks[dim]) / fileShape[dim]));
    const file = chunkKey(this.info, position);
    return this.array === '' ? file : `${this.array}/${file}`;
  }

  /** The number of a chunk in its shard, C order. */
  private placeInShard(grid: readonly number[]): number {
    const { chunks, fileShape } = this.info;
    return grid.reduce((place, n, dim) => {
      const across = fileShape[dim] / chunks[dim];
      return place * across + (n % across);
    }, 0);
  }

  /** The index of a shard, read once for all who ask: none of them can stop it. */
  private indexOf(file: string): Promise<DataView | null> {
    const known = this.indices.get(file);
    if (known) return known;
    if ((this.indices.size + 1) * indexBytes(this.info) > MAX_INDEX_BYTES) this.indices.clear();
    const reading = this.readIndex(file);
    this.indices.set(file, reading);
    reading.catch(() => this.indices.delete(file));
    return reading;
  }

  private async readIndex(file: string): Promise<DataView | null> {
    const { shard } = this.info;
    const length = indexBytes(this.info);
    const range = shard?.indexAtStart ? { offset: 0, length } : { suffixLength: length };
    const stored = await this.store.readRange(file, range, { maxBytes: length });
    if (!stored) return null;
    let bytes: Uint8Array = stored;
    try {
      if (shard?.checksum) bytes = withoutCrc32c(stored);
    } catch (error) {
      const why = `the index of the shard cannot be read: ${(error as Error).message}`;
      throw new CorruptFileError(this.store.nameOf(file), why, undefined, { cause: error });
    }
    const copy = bytes.slice();
    if (shard?.bigEndian) for (let at = 0; at < copy.length; at += 8) copy.subarray(at, at + 8).reverse();
    return new DataView(copy.buffer);
  }

  private remember(file: string): null {
    if (this.absent.size >= KNOWN_ABSENT) this.absent.clear();
    this.absent.add(file);
    return null;
  }
}
