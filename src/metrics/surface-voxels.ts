import { forEachBlock, roomForBlocks } from '../image/blocks';
import type { PixelArray } from '../image/dtype';

/** Sizes along z, y and x, or lengths along them. */
export type Zyx = readonly [z: number, y: number, x: number];

/** What is known of a voxel: two bits for each segmentation, the prediction's first. */
const FOREGROUND = 0b0011;
const BACKGROUND = 0b1100;
/** Bits of an image's surroundings: what ends there has a surface there. */
const OUTSIDE = BACKGROUND;

/** Voxels of one segmentation, by their positions in [z, y, x] in C order, ascending. */
export interface SurfaceVoxels {
  positions: Float64Array;
  length: number;
}

/**
 * Gathers the surfaces of a predicted and a true segmentation of one volume, from its rows in order. A voxel is surface
 * where it is foreground and one of its neighbours over faces (4 in a plane, 6 in a stack) is background or lies
 * outside of the image. An excluded voxel is neither, so that what excludes a part of an object gives it no surface there.
 * It holds three rows of a plane or three planes of a stack, a byte each pixel, and 8 bytes each surface voxel.
 */
export class SurfaceCollector {
  private readonly predicted = new GrowingList();
  private readonly truth = new GrowingList();
  /** rows of what is held together: 1 of a plane, all of a stack's plane */
  private readonly rows: number;
  private readonly width: number;
  private before: Uint8Array;
  private current: Uint8Array;
  private next: Uint8Array;
  private filled = 0;
  /** slabs that are complete */
  private slabs = 0;

  /** @param shape of the volume; depth 1 is a plane, which has no neighbours along z */
  constructor(shape: Zyx) {
    const [depth, height, width] = shape;
    this.rows = depth === 1 ? 1 : height;
    this.width = width;
    const slab = () => new Uint8Array(this.rows * width);
    [this.before, this.current, this.next] = [slab().fill(OUTSIDE), slab(), slab()];
  }

  /** Counts the surface voxels so far, of the segmentation that has more. */
  get most(): number {
    return Math.max(this.predicted.length, this.truth.length);
  }

  /**
   * Takes the next rows.
   * @param weight 0 where a voxel is excluded; null counts all
   */
  add(predicted: PixelArray, truth: PixelArray, weight: PixelArray | null): void {
    const arrays = weight ? [predicted, truth, weight] : [predicted, truth];
    const slab = this.next.length;
    const room = roomForBlocks(3, predicted.length);
    for (let at = 0; at < predicted.length; ) {
      const count = Math.min(slab - this.filled, predicted.length - at);
      const parts = arrays.map((array) => array.subarray(at, at + count));
      const { next, filled } = this;
      forEachBlock(parts, ([p, g, w], length, start) => fillStates(next, filled + start, p, g, w, length), room);
      at += count;
      this.filled += count;
      if (this.filled === slab) this.endSlab();
    }
  }

  /** Ends the volume. */
  finish(): { predicted: SurfaceVoxels; truth: SurfaceVoxels } {
    if (this.slabs > 0) {
      this.next.fill(OUTSIDE);
      this.findSurfaces(this.slabs - 1);
    }
    return { predicted: this.predicted, truth: this.truth };
  }

  private endSlab(): void {
    const { before, current, next, slabs } = this;
    if (slabs > 0) this.findSurfaces(slabs - 1);
    [this.before, this.current, this.next] = slabs > 0 ? [current, next, before] : [before, next, current];
    this.slabs++;
    this.filled = 0;
  }

  /** Finds the surfaces of `current`, which is the slab of that number. */
  private findSurfaces(slab: number): void {
    const { before, current, next, rows, width } = this;
    const base = slab * current.length;
    const isStack = rows > 1;
    for (let y = 0, i = 0; y < rows; y++) {
      for (let x = 0; x < width; x++, i++) {
        const own = current[i] & FOREGROUND;
        if (own === 0) continue;
        let around = before[i] | next[i];
        around |= x > 0 ? current[i - 1] : OUTSIDE;
        around |= x < width - 1 ? current[i + 1] : OUTSIDE;
        if (isStack) {
          around |= y > 0 ? current[i - width] : OUTSIDE;
          around |= y < rows - 1 ? current[i + width] : OUTSIDE;
        }
        const surface = own & (around >> 2);
        if (surface & 1) this.predicted.push(base + i);
        if (surface & 2) this.truth.push(base + i);
      }
    }
  }
}

function fillStates(
  states: Uint8Array,
  at: number,
  p: Float64Array,
  g: Float64Array,
  w: Float64Array | undefined,
  length: number,
): void {
  for (let i = 0; i < length; i++) {
    states[at + i] = w !== undefined && w[i] === 0 ? 0 : (p[i] !== 0 ? 1 : 4) | (g[i] !== 0 ? 2 : 8);
  }
}

class GrowingList implements SurfaceVoxels {
  positions = new Float64Array(1024);
  length = 0;

  push(position: number): void {
    if (this.length === this.positions.length) {
      const { positions } = this;
      this.positions = new Float64Array(2 * positions.length);
      this.positions.set(positions);
    }
    this.positions[this.length++] = position;
  }
}
