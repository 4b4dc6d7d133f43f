import { percent } from '../../base/numbers';
import type { Coverage } from '../../image/coverage';
import { count, type Region } from '../../image/region';
import type { PlaneBlocks, Rectangle } from './plane-blocks';
import { type CziScene, planeNumber, type SceneLevel } from './scene';

/** Comparisons that a window is worth before its blocks are painted instead. */
const EFFORT = 2 ** 12;

/**
 * Tells which pixels of a region the blocks of a level cover, from the directory alone.
 * @param region [t, c, z, y, x] in pixels of the level, inside it
 */
export function coverageOf(
  { groups: { groups }, sizeZ }: CziScene,
  { planes }: SceneLevel,
  { start: [t0, c0, z0, y, x], size }: Region,
): Coverage {
  const [times, channels, depth, height, width] = size;
  const window = { y, x, height, width };
  let coverage: Coverage = null;
  for (let t = 0; t < times; t++) {
    for (const [number, { first, samples }] of groups.entries()) {
      const from = Math.max(c0, first);
      const to = Math.min(c0 + channels, first + samples);
      for (let z = 0; z < depth && from < to; z++) {
        const blocks = planes.get(planeNumber(t0 + t, number, z0 + z, groups.length, sizeZ));
        if (blocks?.cover(window, { left: EFFORT })) continue;
        const plane = painted(blocks, window);
        if (!plane.includes(0)) continue;
        coverage ??= new Uint8Array(count(size)).fill(1);
        for (let c = from; c < to; c++) {
          coverage.set(plane, ((t * channels + c - c0) * depth + z) * height * width);
        }
      }
    }
  }
  return coverage;
}

function painted(blocks: PlaneBlocks | undefined, window: Rectangle): Uint8Array {
  const plane = new Uint8Array(window.height * window.width);
  for (const block of blocks?.touching(window) ?? []) {
    const left = Math.max(0, block.x - window.x);
    const right = Math.min(window.width, block.x + block.width - window.x);
    const bottom = Math.min(window.height, block.y + block.height - window.y);
    for (let row = Math.max(0, block.y - window.y); row < bottom; row++) {
      plane.fill(1, row * window.width + left, row * window.width + right);
    }
  }
  return plane;
}

/**
 * Says what a person should know of the pixels that no block covers in the planes that there are; null where there are
 * none.
 */
export function uncoveredNote({ width, height, levels: [{ planes }] }: CziScene): string {
  const area = width * height;
  let covered = 0;
  let last = { blocks: [] as PlaneBlocks['blocks'], area: 0 };
  for (const { blocks } of planes.values()) {
    // Planes of a mosaic are alike, as a rule.
    if (!sameGeometry(last.blocks, blocks)) {
      last = { blocks, area: blocks.some(fills) ? area : unionArea(blocks) };
    }
    covered += last.area;
  }
  const all = area * planes.size;
  if (covered === all) return '';
  const share = percent((all - covered) / all);
  return `${all - covered} of ${all} pixels (${share}) are covered by no tile; they read as 0 and count nowhere`;

  function fills(block: Rectangle): boolean {
    return block.x === 0 && block.y === 0 && block.width === width && block.height === height;
  }
}

function sameGeometry(a: readonly Rectangle[], b: readonly Rectangle[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ x, y, width, height }, i) => {
      const other = b[i];
      return x === other.x && y === other.y && width === other.width && height === other.height;
    })
  );
}

/**
 * Computes the area that rectangles cover together: a line sweeps along y and a segment tree keeps how much of it is
 * covered (J. L. Bentley, Algorithms for Klee's rectangle problems, 1977). Takes n log n for n rectangles, however they
 * overlap.
 */
export function unionArea(rectangles: readonly Rectangle[]): number {
  const xs = [...new Set(rectangles.flatMap(({ x, width }) => [x, x + width]))].sort((a, b) => a - b);
  const place = new Map(xs.map((x, i) => [x, i]));
  const edges = rectangles.flatMap(({ x, y, width, height }) => {
    const [from, to] = [place.get(x) ?? 0, place.get(x + width) ?? 0];
    return [
      { y, from, to, step: 1 },
      { y: y + height, from, to, step: -1 },
    ];
  });
  edges.sort((a, b) => a.y - b.y);
  const line = new CoveredLine(xs);
  let area = 0;
  let last = 0;
  for (const { y, from, to, step } of edges) {
    area += line.length * (y - last);
    last = y;
    line.change(from, to, step);
  }
  return area;
}

/** How much of a line is covered by intervals that come and go. */
class CoveredLine {
  private readonly intervals: Int32Array;
  private readonly covered: Float64Array;

  /** @param xs where intervals begin and end, ascending */
  constructor(private readonly xs: readonly number[]) {
    this.intervals = new Int32Array(4 * xs.length);
    this.covered = new Float64Array(4 * xs.length);
  }

  get length(): number {
    return this.covered[1];
  }

  /** Adds (1) or removes (-1) the interval between two of the xs. */
  change(from: number, to: number, step: number, node = 1, first = 0, last = this.xs.length - 1): void {
    if (from >= last || to <= first) return;
    if (from <= first && last <= to) this.intervals[node] += step;
    else {
      const middle = (first + last) >> 1;
      this.change(from, to, step, 2 * node, first, middle);
      this.change(from, to, step, 2 * node + 1, middle, last);
    }
    if (this.intervals[node] > 0) this.covered[node] = this.xs[last] - this.xs[first];
    else this.covered[node] = last - first > 1 ? this.covered[2 * node] + this.covered[2 * node + 1] : 0;
  }
}
