import { UnsupportedError } from '../../base/errors';
import { Constancy } from '../../image/blocks';
import type { AtomicFolder } from '../../storage/atomic-folder';
import type { Compression } from '../source';
import { gzip, hasZstd, zstd } from './byte-codecs';

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
