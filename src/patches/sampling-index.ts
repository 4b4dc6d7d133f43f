import type { Zyx } from '../image/region';

/** Positions kept of each kind; of more, every k-th is kept. */
const KEPT = 2 ** 16;
/** Side of the blocks, in y and x, whose weights are summed up. */
const BLOCK = 8;

/** What drawing patches must know of an image, far smaller than the image. */
export interface SamplingIndex {
  shape: Zyx;
  /** flat positions (z * Y + y) * X + x of voxels with target and weight, evenly thinned out */
  foreground: Float64Array;
  /** flat positions of voxels with weight, evenly thinned out; null: all have */
  included: Float64Array | null;
  /** number of voxels with target and weight */
  foregroundCount: number;
  /** number of voxels with weight */
  includedCount: number;
  /** [z, y / 8, x / 8]: 1 where a block has a voxel with weight; null: all have */
  blocks: Uint8Array | null;
}

/** Builds the index band by band. */
export class SamplingIndexBuilder {
  private readonly foreground = new ThinnedList();
  private readonly included = new ThinnedList();
  private readonly blocks: Uint8Array;
  private allIncluded = true;

  constructor(private readonly shape: Readonly<Zyx>) {
    this.blocks = new Uint8Array(shape[0] * blockCount(shape[1]) * blockCount(shape[2]));
  }

  /**
   * Whole rows of a plane, in C order from call to call.
   * @param target non-zero is foreground, [y, x]
   * @param weight 0 is excluded, [y, x]; null: nothing is
   */
  addRows(z: number, firstRow: number, target: ArrayLike<number>, weight: ArrayLike<number> | null): void {
    const [, height, width] = this.shape;
    const columns = blockCount(width);
    const base = (z * height + firstRow) * width;
    const end = firstRow + target.length / width;
    for (let y = firstRow, i = 0; y < end; y++) {
      const blockRow = (z * blockCount(height) + (y >> 3)) * columns;
      for (let x = 0; x < width; x++, i++) {
        if (weight !== null && weight[i] === 0) {
          this.allIncluded = false;
          continue;
        }
        this.blocks[blockRow + (x >> 3)] = 1;
        this.included.add(base + i);
        if (target[i] !== 0) this.foreground.add(base + i);
      }
    }
  }

  build(): SamplingIndex {
    return {
      shape: [...this.shape],
      foreground: this.foreground.values(),
      included: this.allIncluded ? null : this.included.values(),
      foregroundCount: this.foreground.count,
      includedCount: this.included.count,
      blocks: this.allIncluded ? null : this.blocks,
    };
  }
}

/** Finds the position [z, y, x] of a flat one. */
export function unflatten(flat: number, shape: Readonly<Zyx>): Zyx {
  const x = flat % shape[2];
  const row = Math.floor(flat / shape[2]);
  return [Math.floor(row / shape[1]), row % shape[1], x];
}

/**
 * Tells whether a patch is sure to have a voxel with weight: looks at the blocks that lie wholly inside it. Only a
 * patch that has nothing but a few voxels along its rim may be denied wrongly.
 */
export function hasIncluded(index: SamplingIndex, start: Readonly<Zyx>, size: Readonly<Zyx>): boolean {
  if (index.includedCount === 0) return false;
  if (index.blocks === null) return true;
  const [depth, height, width] = index.shape;
  const [rows, columns] = [blockCount(height), blockCount(width)];
  const [y0, y1] = blocksInside(start[1], size[1], height);
  const [x0, x1] = blocksInside(start[2], size[2], width);
  for (let z = Math.max(0, start[0]); z < Math.min(depth, start[0] + size[0]); z++) {
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) if (index.blocks[(z * rows + y) * columns + x] !== 0) return true;
    }
  }
  return false;
}

/** The blocks [first, last) inside a stretch; the image's last block may be cut short by its edge. */
function blocksInside(start: number, size: number, extent: number): [number, number] {
  const first = Math.ceil(Math.max(0, start) / BLOCK);
  const end = start + size;
  return [first, end >= extent ? blockCount(extent) : Math.floor(end / BLOCK)];
}

function blockCount(extent: number): number {
  return Math.ceil(extent / BLOCK);
}

/** Keeps every k-th of the values added; k doubles whenever the list is full. */
class ThinnedList {
  count = 0;
  private readonly kept = new Float64Array(KEPT);
  private filled = 0;
  private every = 1;

  add(value: number): void {
    if (this.count++ % this.every !== 0) return;
    if (this.filled === KEPT) {
      for (let i = 0; i < KEPT / 2; i++) this.kept[i] = this.kept[2 * i];
      this.filled = KEPT / 2;
      this.every *= 2;
      // KEPT is even and a power of two, so this value is due under the wider step too.
    }
    this.kept[this.filled++] = value;
  }

  values(): Float64Array {
    return this.kept.slice(0, this.filled);
  }
}
