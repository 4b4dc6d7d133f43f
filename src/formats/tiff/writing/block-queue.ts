import zlib from 'node:zlib';
import { UnsupportedError } from '../../../base/errors';
import { Constancy } from '../../../image/blocks';
import type { AtomicFile } from '../../../storage/atomic-file';
import { callZlib, type ZlibFunction } from '../../compression';
import type { Compression } from '../../source';

/** Blocks compressed ahead of the disk; zlib has four threads. */
const AHEAD = 8;

/** Place and stored length of each block of a page, in the order of the blocks; both 0: absent, reads as zeros. */
export interface BlockList {
  offsets: number[];
  counts: number[];
}

type Compress = (bytes: Uint8Array) => Promise<Uint8Array>;

/** Compresses blocks several at a time on zlib's threads and appends them to a file in the order they came. */
export class BlockQueue {
  private readonly compress: Compress;
  private readonly pending: Array<{ packed: Promise<Uint8Array>; list: BlockList }> = [];

  /**
   * @param position where the first block goes
   * @param sparse leaves out blocks of zeros
   * @throws UnsupportedError for Zstd where this Node.js has none
   */
  constructor(
    private readonly file: AtomicFile,
    compression: Compression,
    public position: number,
    private readonly sparse: boolean,
  ) {
    this.compress = compressorOf(compression, file.path);
  }

  /** @param bytes of the block, which must not change afterwards */
  async add(bytes: Uint8Array, list: BlockList): Promise<void> {
    while (this.pending.length >= AHEAD) await this.writeOldest();
    const empty = this.sparse && new Constancy(bytes).isZero(0, bytes.length);
    const packed = empty ? Promise.resolve(new Uint8Array(0)) : this.compress(bytes);
    // A failure is reported when its turn comes; until then it must not count as unhandled.
    packed.catch(() => undefined);
    this.pending.push({ packed, list });
  }

  /** Waits until all blocks are in the file. */
  async drain(): Promise<void> {
    while (this.pending.length > 0) await this.writeOldest();
  }

  private async writeOldest(): Promise<void> {
    const oldest = this.pending.shift();
    if (!oldest) return;
    const packed = await oldest.packed;
    oldest.list.offsets.push(packed.byteLength === 0 ? 0 : this.position);
    oldest.list.counts.push(packed.byteLength);
    await this.file.write(packed, this.position);
    // TIFF asks for blocks at even places.
    this.position += packed.byteLength + (packed.byteLength % 2);
  }
}

function compressorOf(compression: Compression, path: string): Compress {
  if (compression === 'none') return async (bytes) => bytes;
  if (compression === 'deflate') return (bytes) => call(zlib.deflate as ZlibFunction, bytes, { level: 1 });
  const { zstdCompress } = zlib as typeof zlib & { zstdCompress?: ZlibFunction };
  if (!zstdCompress) {
    throw new UnsupportedError(
      path,
      `Zstd needs Node.js 22.15 or newer, this is ${process.versions.node}; use Deflate`,
    );
  }
  return (bytes) => call(zstdCompress, bytes, {});
}

function call(compress: ZlibFunction, bytes: Uint8Array, options: object): Promise<Uint8Array> {
  // Room for incompressible data, so that zlib fills one buffer.
  const chunkSize = Math.max(64, bytes.byteLength + Math.ceil(bytes.byteLength / 1000) + 128);
  return callZlib(compress, bytes, { ...options, chunkSize });
}
