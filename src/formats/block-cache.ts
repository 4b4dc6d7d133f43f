import type { PixelArray } from '../image/dtype';

/** Decoded blocks of a file, kept while they fit; the one unused for longest goes first. */
export class BlockCache {
  /** oldest use first */
  private readonly blocks = new Map<string | number, PixelArray>();
  private bytes = 0;

  /** @param maxBytes that all blocks together may take */
  constructor(private readonly maxBytes: number) {}

  get(key: string | number): PixelArray | undefined {
    const pixels = this.blocks.get(key);
    if (pixels) {
      this.blocks.delete(key);
      this.blocks.set(key, pixels);
    }
    return pixels;
  }

  /** Keeps a block, in place of others where there is no room; one that is larger than the cache is not kept. */
  set(key: string | number, pixels: PixelArray): void {
    this.remove(key);
    if (pixels.byteLength > this.maxBytes) return;
    for (const oldest of this.blocks.keys()) {
      if (this.bytes + pixels.byteLength <= this.maxBytes) break;
      this.remove(oldest);
    }
    this.blocks.set(key, pixels);
    this.bytes += pixels.byteLength;
  }

  private remove(key: string | number): void {
    this.bytes -= this.blocks.get(key)?.byteLength ?? 0;
    this.blocks.delete(key);
  }
}
