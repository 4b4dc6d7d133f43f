/** Numbers added straight on; longer sums are halved. */
const LEAF = 128;

/**
 * The sum of a known number of values in the order and precision in which NumPy adds a contiguous array
 * (`pairwise_sum` of numpy/_core/src/umath/loops_utils.h.src): halves at multiples of 8 down to 128 values, those with
 * eight running sums. Values may come in any portions, so that a streamed image gives the same bits as one in memory.
 */
export class PairwiseSum {
  private readonly leaf: Float32Array | Float64Array;
  private filled = 0;
  private leafSize = 0;
  // The path from the whole to the current leaf: what the right half will hold, and the left half's sum once known.
  private readonly rightSize: number[] = [];
  private readonly leftSum: number[] = [];
  private readonly inRight: boolean[] = [];
  private result = 0;

  /** @param count how many values will be pushed */
  constructor(
    private readonly precision: 'float32' | 'float64',
    private remaining: number,
  ) {
    this.leaf = precision === 'float32' ? new Float32Array(LEAF) : new Float64Array(LEAF);
    this.descend(remaining);
  }

  /**
   * The next values.
   * @param values of this sum's precision
   * @param length how many of them, from the first
   */
  add(values: Float32Array | Float64Array, length = values.length): void {
    let next = 0;
    while (next < length) {
      if (this.remaining === 0) throw new RangeError('internal: pairwise sum got more values than announced');
      const wanted = Math.min(this.leafSize - this.filled, length - next);
      if (wanted === this.leafSize) {
        this.closeLeaf(leafSum(values, next, wanted));
      } else {
        for (let i = 0; i < wanted; i++) this.leaf[this.filled + i] = values[next + i];
        this.filled += wanted;
        if (this.filled === this.leafSize) this.closeLeaf(leafSum(this.leaf, 0, this.filled));
      }
      next += wanted;
    }
  }

  /** @throws RangeError when fewer values came than announced */
  total(): number {
    if (this.remaining > 0) throw new RangeError(`internal: pairwise sum lacks ${this.remaining} values`);
    return this.result;
  }

  private descend(count: number): void {
    let size = count;
    while (size > LEAF) {
      let left = Math.floor(size / 2);
      left -= left % 8;
      this.rightSize.push(size - left);
      this.leftSum.push(0);
      this.inRight.push(false);
      size = left;
    }
    this.leafSize = size;
  }

  private closeLeaf(leafSum: number): void {
    let sum = leafSum;
    this.remaining -= this.leafSize;
    this.filled = 0;
    for (let top = this.inRight.length - 1; top >= 0; top--) {
      if (!this.inRight[top]) {
        this.leftSum[top] = sum;
        this.inRight[top] = true;
        this.descend(this.rightSize[top]);
        return;
      }
      sum = this.leftSum[top] + sum;
      if (this.precision === 'float32') sum = Math.fround(sum);
      this.rightSize.pop();
      this.leftSum.pop();
      this.inRight.pop();
    }
    this.result = sum;
  }
}

/** The pairwise sum of an array. */
export function pairwiseSum(values: Float32Array | Float64Array): number {
  const sum = new PairwiseSum(values instanceof Float32Array ? 'float32' : 'float64', values.length);
  sum.add(values);
  return sum.total();
}

function leafSum(a: Float32Array | Float64Array, start: number, length: number): number {
  return a instanceof Float32Array ? leafSum32(a, start, length) : leafSum64(a, start, length);
}

function leafSum32(a: Float32Array, start: number, length: number): number {
  const r = Math.fround;
  const end = start + length;
  let sum = 0;
  let i = start;
  if (length >= 8) {
    let [s0, s1, s2, s3] = [a[i], a[i + 1], a[i + 2], a[i + 3]];
    let [s4, s5, s6, s7] = [a[i + 4], a[i + 5], a[i + 6], a[i + 7]];
    for (i += 8; i < end - (length % 8); i += 8) {
      s0 = r(s0 + a[i]);
      s1 = r(s1 + a[i + 1]);
      s2 = r(s2 + a[i + 2]);
      s3 = r(s3 + a[i + 3]);
      s4 = r(s4 + a[i + 4]);
      s5 = r(s5 + a[i + 5]);
      s6 = r(s6 + a[i + 6]);
      s7 = r(s7 + a[i + 7]);
    }
    sum = r(r(r(s0 + s1) + r(s2 + s3)) + r(r(s4 + s5) + r(s6 + s7)));
  }
  for (; i < end; i++) sum = r(sum + a[i]);
  return sum;
}

function leafSum64(a: Float64Array, start: number, length: number): number {
  const end = start + length;
  let sum = 0;
  let i = start;
  if (length >= 8) {
    let [s0, s1, s2, s3] = [a[i], a[i + 1], a[i + 2], a[i + 3]];
    let [s4, s5, s6, s7] = [a[i + 4], a[i + 5], a[i + 6], a[i + 7]];
    for (i += 8; i < end - (length % 8); i += 8) {
      s0 += a[i];
      s1 += a[i + 1];
      s2 += a[i + 2];
      s3 += a[i + 3];
      s4 += a[i + 4];
      s5 += a[i + 5];
      s6 += a[i + 6];
      s7 += a[i + 7];
    }
    sum = s0 + s1 + (s2 + s3) + (s4 + s5 + (s6 + s7));
  }
  for (; i < end; i++) sum += a[i];
  return sum;
}
