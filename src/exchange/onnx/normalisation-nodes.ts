import type { NormalisationRule } from '../../image/normalisation';
import { FLOAT, type NodeList } from './node-list';
import { AS_STORED, contrastNodes, type ValueStep } from './signal-nodes';
import { ChannelPixels, clipped } from './statistics';

/**
 * Normalises an image within the graph as a prediction normalises it, by the statistics of each channel of the tensor.
 * @param image [n, c, (z,) y, x] of float32
 * @param steps that pixel values may be whole numbers of
 * @returns the same shape
 */
export function normalisationNodes(
  list: NodeList,
  image: string,
  rule: NormalisationRule,
  { dimensions, steps = AS_STORED }: { dimensions: 2 | 3; steps?: readonly ValueStep[] },
): string {
  if (rule.method === 'none') return image;
  if (rule.method === 'fixed') {
    const each = (numbers: number[]) => list.floats(numbers, [1, numbers.length, ...new Array(dimensions).fill(1)]);
    return list.op('Div', [list.op('Sub', [image, each(rule.mean)]), each(rule.std)]);
  }
  const pixels = ChannelPixels.ofImage(list, image);
  const scaled =
    rule.method === 'background-contrast' ? contrastNodes(list, pixels, steps) : byPercentiles(list, pixels, rule);
  return list.op('Reshape', [list.op('Cast', [scaled], { to: FLOAT }), list.op('Shape', [image])]);
}

type ByPercentiles = Extract<NormalisationRule, { low: number }>;

/** [n, c, pixels] in float64. */
function byPercentiles(list: NodeList, pixels: ChannelPixels, rule: ByPercentiles): string {
  const sorted = pixels.sorted();
  const [low, high] = [sorted.percentile(rule.low), sorted.percentile(rule.high)];
  const [zero, one] = [list.doubles([0]), list.doubles([1])];
  const divided = (values: string, by: string) => {
    const isThere = list.op('Greater', [by, zero]);
    return list.op('Div', [values, list.op('Where', [isThere, by, one])]);
  };
  if (rule.method === 'percentile-range') {
    const span = list.op('Add', [list.op('Sub', [high, low]), list.doubles([rule.epsilon])]);
    const values = rule.isClipped ? clipped(list, pixels.values, low, high) : pixels.values;
    return divided(list.op('Sub', [values, low]), span);
  }
  const values = clipped(list, pixels.values, low, high);
  const mean = meanOf(list, values);
  const centred = list.op('Sub', [values, mean]);
  const variance = meanOf(list, list.op('Mul', [centred, centred]));
  return divided(centred, list.op('Add', [list.op('Sqrt', [variance]), list.doubles([rule.epsilon ?? 0])]));
}

/** [n, c, 1] */
function meanOf(list: NodeList, values: string): string {
  const pixels = new ChannelPixels(list, values);
  return list.op('Div', [pixels.lastOf(pixels.sums()), pixels.total]);
}
