import type { Zyx } from '../image/region';

/** Heights are whole numbers below it. */
export const LEVELS = 1024;
/** Voxels after which others have their turn: some 50 ms. */
const PAUSE = 2 ** 20;
const END = -1;

/**
 * Floods a volume from its seeds (Meyer, 1991; the order of scikit-image's `watershed` with connectivity 1): the lowest
 * voxel that touches a label takes it, of equally low ones the one that was reached first. A queue of one bucket a level makes
 * it linear in the voxels. Seeds of one level are taken in C order, where scikit-image leaves the order to its heap: a voxel that
 * two such seeds reach at once may get the other's label there. All else is the same.
 * @param labels [z, y, x]: the seeds' numbers, 0 elsewhere; receives the label of every voxel of the mask that a seed reaches
 * @param mask non-zero where labels may grow
 * @param levels heights, below {@link LEVELS}
 * @param early the label that is first among equals from the beginning; 0: none is
 */
export function* flood(
  labels: Int32Array,
  mask: Uint8Array,
  levels: Uint16Array,
  shape: Readonly<Zyx>,
  early = 0,
): Generator<void, void, void> {
  const flow = new Flow(labels, mask, levels, shape, early);
  while (flow.advance(PAUSE)) yield;
}

class Flow {
  private readonly queue: LevelQueue;

  constructor(
    private readonly labels: Int32Array,
    private readonly mask: Uint8Array,
    private readonly levels: Uint16Array,
    private readonly shape: Readonly<Zyx>,
    early: number,
  ) {
    this.queue = new LevelQueue(labels.length);
    if (early !== 0) this.start((label) => label === early);
    this.start((label) => label !== early);
  }

  private start(isMeant: (label: number) => boolean): void {
    const { labels, mask, levels } = this;
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] === 0 || !isMeant(labels[i])) continue;
      if (mask[i] === 0) labels[i] = 0;
      else if (this.touchesFree(i)) this.queue.push(i, levels[i]);
    }
  }

  /** Goes on for so many voxels. @returns false at the end */
  advance(most: number): boolean {
    const { queue } = this;
    const [depth, height, width] = this.shape;
    const plane = height * width;
    const lastPlane = (depth - 1) * plane;
    for (let done = 0; done < most; done++) {
      const at = queue.pop();
      if (at === END) return false;
      const inPlane = at % plane;
      const x = inPlane % width;
      if (at >= plane) this.reach(at, at - plane);
      if (inPlane >= width) this.reach(at, at - width);
      if (x > 0) this.reach(at, at - 1);
      if (x + 1 < width) this.reach(at, at + 1);
      if (inPlane < plane - width) this.reach(at, at + width);
      if (at < lastPlane) this.reach(at, at + plane);
    }
    return true;
  }

  private reach(from: number, to: number): void {
    if (this.labels[to] !== 0 || this.mask[to] === 0) return;
    this.labels[to] = this.labels[from];
    // Water does not fall back: what lies lower behind a ridge is reached at the height of the ridge.
    this.queue.push(to, Math.max(this.levels[to], this.queue.level));
  }

  /** A seed's inner voxels reach nothing: they need no place in the queue. */
  private touchesFree(i: number): boolean {
    const { labels, mask } = this;
    const [depth, height, width] = this.shape;
    const plane = height * width;
    const inPlane = i % plane;
    const x = inPlane % width;
    const free = (to: number) => labels[to] === 0 && mask[to] !== 0;
    return (
      (i >= plane && free(i - plane)) ||
      (inPlane >= width && free(i - width)) ||
      (x > 0 && free(i - 1)) ||
      (x + 1 < width && free(i + 1)) ||
      (inPlane < plane - width && free(i + width)) ||
      (i < (depth - 1) * plane && free(i + plane))
    );
  }
}

/** Voxels by level, the lowest level first, within a level as they came. What comes is never below what went. */
class LevelQueue {
  private readonly first = new Int32Array(LEVELS).fill(END);
  private readonly last = new Int32Array(LEVELS).fill(END);
  /** which voxel comes after each in its level */
  private readonly after: Int32Array;
  /** of the last voxel that was taken */
  level = 0;

  constructor(voxels: number) {
    this.after = new Int32Array(voxels);
  }

  push(voxel: number, level: number): void {
    this.after[voxel] = END;
    if (this.first[level] === END) this.first[level] = voxel;
    else this.after[this.last[level]] = voxel;
    this.last[level] = voxel;
  }

  /** @returns -1 where nothing is left */
  pop(): number {
    while (this.level < LEVELS && this.first[this.level] === END) this.level++;
    if (this.level === LEVELS) return END;
    const voxel = this.first[this.level];
    this.first[this.level] = this.after[voxel];
    return voxel;
  }
}
