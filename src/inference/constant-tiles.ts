import { LruCache } from '../base/lru-cache';

/** Outputs kept. Backgrounds have one value, or a few after a stitching. */
const KEPT = 8;

/**
 * Outputs for tiles whose pixels all have one value (in each channel): a network gives the same for the same input,
 * wherever the tile lies. Most of a whole-slide image can be such tiles.
 */
export class ConstantTiles {
  private readonly outputs = new LruCache<string, Float32Array>(KEPT);

  /** @param pixels of a tile and channel */
  constructor(
    private readonly channels: number,
    private readonly pixels: number,
  ) {}

  /** The values of a constant tile as a key; null for any other. @param offset where the tile begins, [c, z, y, x] */
  keyOf(input: Float32Array, offset: number): string | null {
    const values: number[] = [];
    for (let channel = 0; channel < this.channels; channel++) {
      const start = offset + channel * this.pixels;
      const value = input[start];
      for (let i = start + 1; i < start + this.pixels; i++) if (input[i] !== value) return null;
      values.push(value);
    }
    return values.join();
  }

  /** What was predicted for a key, if it is known. */
  get(key: string): Float32Array | undefined {
    return this.outputs.get(key);
  }

  set(key: string, probabilities: Float32Array): void {
    this.outputs.set(key, probabilities);
  }
}
