import type { ByteRange, StoreOptions, ZarrStore } from './store';

/** What an absent chunk is told by: it is the fill value, for which nothing need be made. */
export class AbsentChunk extends Error {}

/** Shards that are known to be absent are remembered up to this many. */
const KNOWN_ABSENT = 10_000;

/** The chunk files of one array, as zarrita asks for them. */
export class ChunkStore {
  private readonly absent = new Set<string>();

  /**
   * @param maxBytes that one stored chunk may have
   * @param maxIndexBytes that the index of a shard may have
   */
  constructor(
    private readonly store: ZarrStore,
    private readonly array: string,
    private readonly maxBytes: number,
    private readonly maxIndexBytes: number,
    private readonly indexAtStart: boolean,
  ) {}

  get(key: string, { signal }: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
    return this.present(key, (file) => this.store.read(file, { maxBytes: this.maxBytes, signal }));
  }

  /** zarrita asks for the end of a file only for the index of a shard, and keeps the answer for all readers. */
  getRange(key: string, range: ByteRange, { signal }: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
    const isIndex = 'suffixLength' in range;
    const wanted = isIndex && this.indexAtStart ? { offset: 0, length: range.suffixLength } : range;
    const options: StoreOptions = isIndex ? { maxBytes: this.maxIndexBytes } : { maxBytes: this.maxBytes, signal };
    return this.present(key, (file) => this.store.readRange(file, wanted, options));
  }

  private async present(key: string, read: (file: string) => Promise<Uint8Array | undefined>): Promise<Uint8Array> {
    if (this.absent.has(key)) throw new AbsentChunk();
    const bytes = await read(`${this.array}${this.array === '' ? key.slice(1) : key}`);
    if (bytes) return bytes;
    if (this.absent.size >= KNOWN_ABSENT) this.absent.clear();
    this.absent.add(key);
    throw new AbsentChunk();
  }
}
