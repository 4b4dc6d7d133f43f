import { DOUBLE, INT64, type NodeList } from './node-list';

/** The end of a slice that goes as far as there is something. */
const TO_THE_END = 2 ** 31 - 1;
const AXIS = 2;

/**
 * The pixels of each item and channel, [n, c, pixels] in float64, with what statistics need of them. All results are
 * [n, c, 1], so that they fit the pixels again.
 */
export class ChannelPixels {
  /** [n, c, pixels] */
  readonly values: string;
  /** how many there are: [1], of integers and of float64 */
  readonly count: string;
  readonly total: string;

  /** @param values [n, c, pixels] in float64 */
  constructor(
    private readonly list: NodeList,
    values: string,
  ) {
    this.values = values;
    this.count = list.op('Gather', [list.op('Shape', [values]), list.integers([AXIS])], { axis: 0 });
    this.total = list.op('Cast', [this.count], { to: DOUBLE });
  }

  /** Begins with an image [n, c, ...] of float32. */
  static ofImage(list: NodeList, image: string): ChannelPixels {
    const flat = list.op('Reshape', [image, list.integers([0, 0, -1])]);
    return new ChannelPixels(list, list.op('Cast', [flat], { to: DOUBLE }));
  }

  /** The same in ascending order. @param first only so many, [1] */
  sorted(first: string = this.count): ChannelPixels {
    const { list } = this;
    return new ChannelPixels(list, list.op('TopK', [this.values, first], { axis: AXIS, largest: 0, sorted: 1 }, 1));
  }

  /** The largest, [n, c, 1]. */
  largest(): string {
    const { list } = this;
    return list.op('TopK', [this.values, list.integers([1])], { axis: AXIS, largest: 1, sorted: 1 }, 1);
  }

  /** Those from one index on, every so many, each [1]. */
  every(from: string, step: string): ChannelPixels {
    const { list } = this;
    const [end, axis] = [list.integers([TO_THE_END]), list.integers([AXIS])];
    return new ChannelPixels(list, list.op('Slice', [this.values, from, end, axis, step]));
  }

  /** Without the first, and without the last: neighbours have the same place. */
  neighbours(): { later: string; earlier: string } {
    const { list, values } = this;
    const [zero, one, axis] = [list.integers([0]), list.integers([1]), list.integers([AXIS])];
    return {
      later: list.op('Slice', [values, one, list.integers([TO_THE_END]), axis]),
      earlier: list.op('Slice', [values, zero, list.integers([-1]), axis]),
    };
  }

  /** The pixel at an index that is the same for all channels, [1]. */
  at(index: string): string {
    return this.list.op('Gather', [this.values, index], { axis: AXIS });
  }

  /** Sums up to each pixel, [n, c, pixels]. */
  sums(): string {
    return this.list.op('CumSum', [this.values, this.list.integers([AXIS], [])]);
  }

  /** The last of what is there for each pixel, such as the sum of all. */
  lastOf(values: string): string {
    const { list } = this;
    return list.op('Gather', [values, list.op('Sub', [this.count, list.integers([1])])], { axis: AXIS });
  }

  /** Interpolates linearly between the order statistics around (n - 1) * q, as numpy.percentile; of sorted ones. */
  percentile(percent: number): string {
    const { list } = this;
    const one = list.integers([1]);
    const times = list.op('Mul', [list.op('Sub', [this.total, list.doubles([1])]), list.doubles([percent])]);
    const position = list.op('Div', [times, list.doubles([100])]);
    const below = list.op('Floor', [position]);
    const index = list.op('Cast', [below], { to: INT64 });
    const next = list.op('Min', [list.op('Add', [index, one]), list.op('Sub', [this.count, one])]);
    const [a, b] = [this.at(index), this.at(next)];
    return list.op('Add', [a, list.op('Mul', [list.op('Sub', [b, a]), list.op('Sub', [position, below])])]);
  }
}

/** Takes of each channel the value at an index of its own. @param index [n, c, 1] */
export function pick(list: NodeList, values: string, index: string): string {
  return list.op('GatherElements', [values, index], { axis: AXIS });
}

/** Gives the index of the first largest, [n, c, 1]. */
export function firstLargest(list: NodeList, values: string): string {
  return list.op('ArgMax', [values], { axis: AXIS, keepdims: 1 });
}

/** Clips values to those no less than one and no more than another. */
export function clipped(list: NodeList, values: string, low: string, high: string): string {
  return list.op('Min', [list.op('Max', [values, low]), high]);
}
