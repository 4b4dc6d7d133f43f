import type { Rectangle } from './plane-blocks';

/**
 * The area that rectangles cover together: a line sweeps along y and a segment tree keeps how much of it is covered
 * (J. L. Bentley, Algorithms for Klee's rectangle problems, 1977). Takes n log n for n rectangles, however they overlap.
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
