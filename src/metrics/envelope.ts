/**
 * The lower envelope of parabolas over a line of squared distances (Felzenszwalb and Huttenlocher, Theory of Computing 2012):
 * what a Euclidean distance transform does along each axis.
 */
export class Envelope {
  private readonly vertices: Int32Array;
  private readonly heights: Float64Array;
  /** from where on each is the lowest */
  private readonly from: Float64Array;
  private count = 0;
  private at = 0;
  private spacing = 1;

  constructor(longest: number) {
    this.vertices = new Int32Array(longest);
    this.heights = new Float64Array(longest);
    this.from = new Float64Array(longest);
  }

  /** Takes a line. @param heights of which those from `start` on, `stride` apart, are a line of `size`; Infinity: no parabola */
  build(heights: Float64Array, start: number, stride: number, size: number, spacing: number): void {
    const { vertices, from } = this;
    const perPair = 2 * spacing * spacing;
    let last = -1;
    for (let q = 0, i = start; q < size; q++, i += stride) {
      const height = heights[i];
      if (height === Number.POSITIVE_INFINITY) continue;
      let meet = Number.NEGATIVE_INFINITY;
      while (last >= 0) {
        const v = vertices[last];
        // The middle of both plus what their heights move it by: squares of large indices would lose digits.
        meet = (q + v) / 2 + (height - this.heights[last]) / (perPair * (q - v));
        if (meet > from[last]) break;
        last--;
      }
      last++;
      vertices[last] = q;
      this.heights[last] = height;
      from[last] = last === 0 ? Number.NEGATIVE_INFINITY : meet;
    }
    this.count = last + 1;
    this.at = 0;
    this.spacing = spacing;
  }

  /** Gives the squared distance at an index; indices come in order. */
  next(index: number): number {
    const { vertices, from, count } = this;
    if (count === 0) return Number.POSITIVE_INFINITY;
    while (this.at + 1 < count && from[this.at + 1] <= index) this.at++;
    const along = (index - vertices[this.at]) * this.spacing;
    return along * along + this.heights[this.at];
  }

  /** Writes the squared distance at each index of the line. */
  evaluateAll(out: Float64Array, start: number, stride: number, size: number): void {
    for (let q = 0, i = start; q < size; q++, i += stride) out[i] = this.next(q);
  }
}
