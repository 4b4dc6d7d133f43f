import { BY_CONTRAST } from '../../image/normalisation';
import { EXACT_PAIRS, NOISE_BY_MEDIAN, pairStride } from '../../image/pixel-collector';
import { OUT_OF_NOISE } from '../../image/signal';
import { DOUBLE, FLOAT, type NodeList } from './node-list';
import { ChannelPixels, clipped, firstLargest, pick } from './statistics';

/** Images of up to so many times {@link EXACT_PAIRS} pixels are sampled as a prediction samples them. */
const LONGEST_TABLE = 1024;

/** A step that pixel values may be whole numbers of, and how far they may be off, in steps. */
export interface ValueStep {
  step: number;
  off: number;
}
/** Pixels as a file stores them. */
export const AS_STORED: readonly ValueStep[] = [{ step: 1, off: 1e-6 }];
/** Pixels of 8 or 16 bits that were brought to 0 to 1, in float32. */
export const UP_TO_ONE: readonly ValueStep[] = [
  { step: 1 / 255, off: 0.01 },
  { step: 1 / 65535, off: 0.01 },
];

/**
 * Normalises by background and contrast as `image/signal.ts` measures them, of all pixels of a channel of the tensor.
 * @returns [n, c, pixels] in float64
 */
export function contrastNodes(list: NodeList, pixels: ChannelPixels, steps: readonly ValueStep[]): string {
  const background = darkMedian(list, pixels.sorted());
  const contrast = lightContrast(list, pixels, background, steps);
  const far = list.op('Mul', [contrast, list.doubles([BY_CONTRAST.far])]);
  const near = clipped(list, pixels.values, list.op('Sub', [background, far]), list.op('Add', [background, far]));
  const std = list.op('Div', [contrast, list.doubles([BY_CONTRAST.contrast])]);
  const isThere = list.op('Greater', [contrast, list.doubles([0])]);
  const scale = list.op('Where', [isThere, std, list.doubles([1])]);
  return list.op('Div', [list.op('Sub', [near, background]), scale]);
}

/** The median of the class below Otsu's threshold. @param sorted ascending */
function darkMedian(list: NodeList, sorted: ChannelPixels): string {
  const [low, high] = [sorted.percentile(0.5), sorted.percentile(99.5)];
  const values = new ChannelPixels(list, list.op('Sub', [clipped(list, sorted.values, low, high), low]));
  const sums = values.sums();
  const all = values.lastOf(sums);
  const scalar = (value: number) => list.integers([value], []);
  const size = list.op('Reshape', [values.count, list.integers([])]);
  const range = list.op('Range', [scalar(1), list.op('Add', [size, scalar(1)]), scalar(1)]);
  const n = list.op('Cast', [range], { to: DOUBLE });
  const difference = list.op('Sub', [list.op('Div', [list.op('Mul', [all, n]), values.total]), sums]);
  // Behind the last pixel there is no class; the difference is 0 there.
  const rest = list.op('Max', [list.op('Sub', [values.total, n]), list.doubles([1])]);
  const between = list.op('Mul', [list.op('Div', [difference, n]), list.op('Div', [difference, rest])]);
  const best = firstLargest(list, between);
  const one = list.integers([1]);
  const isThere = list.op('Greater', [pick(list, between, best), list.doubles([0])]);
  const dark = list.op('Where', [isThere, list.op('Add', [best, one]), values.count]);
  const middle = list.op('Div', [list.op('Sub', [dark, one]), list.integers([2])]);
  return pick(list, sorted.values, middle);
}

/** The brightness above the background that half of the light lies below. */
function lightContrast(list: NodeList, pixels: ChannelPixels, background: string, steps: readonly ValueStep[]): string {
  const { later, earlier } = pixels.neighbours();
  const one = list.integers([1]);
  const stride = strideOf(list, pixels);
  const from = list.op('Sub', [stride, one]);
  const sample = (values: string) => new ChannelPixels(list, values).every(from, stride);
  const differences = sample(list.op('Abs', [list.op('Sub', [later, earlier])]));
  const middle = list.op('Div', [list.op('Sub', [differences.count, one]), list.integers([2])]);
  const median = differences.sorted(list.op('Add', [middle, one])).at(middle);
  const rounding = roundingOf(list, pixels, steps);
  const noise = list.op('Max', [rounding, list.op('Mul', [median, list.doubles([NOISE_BY_MEDIAN])])]);
  const least = list.op('Mul', [noise, list.doubles([OUT_OF_NOISE])]);

  const darker = sample(list.op('Min', [later, earlier])).sorted();
  const above = list.op('Sub', [darker.values, background]);
  const isLight = list.op('Greater', [above, least]);
  const zero = list.doubles([0]);
  const light = new ChannelPixels(list, list.op('Where', [isLight, above, zero]));
  const sums = light.sums();
  const all = light.lastOf(sums);
  const half = list.op('GreaterOrEqual', [list.op('Mul', [sums, list.doubles([2])]), all]);
  const reached = list.op('Cast', [list.op('And', [half, isLight])], { to: FLOAT });
  const found = list.op('Sub', [pick(list, darker.values, firstLargest(list, reached)), background]);
  return list.op('Where', [list.op('Greater', [all, zero]), found, least]);
}

/** Which of the pairs of neighbours are looked at, [1]: as `PixelCollector` samples them. */
function strideOf(list: NodeList, pixels: ChannelPixels): string {
  const strides = Array.from({ length: LONGEST_TABLE + 1 }, (_, times) => pairStride(times * EXACT_PAIRS));
  const up = list.op('Add', [pixels.count, list.integers([EXACT_PAIRS - 1])]);
  const times = list.op('Div', [up, list.integers([EXACT_PAIRS])]);
  const place = list.op('Min', [times, list.integers([LONGEST_TABLE])]);
  return list.op('Gather', [list.integers(strides), place], { axis: 0 });
}

/** Half of the step that all pixels are whole numbers of, [n, c, 1]; 0 where there is none. */
function roundingOf(list: NodeList, pixels: ChannelPixels, steps: readonly ValueStep[]): string {
  return [...steps].reverse().reduce(
    (others, { step, off }) => {
      const whole = list.op('Mul', [pixels.values, list.doubles([1 / step])]);
      const nearest = list.op('Floor', [list.op('Add', [whole, list.doubles([0.5])])]);
      const far = new ChannelPixels(list, list.op('Abs', [list.op('Sub', [whole, nearest])])).largest();
      return list.op('Where', [list.op('Less', [far, list.doubles([off])]), list.doubles([step / 2]), others]);
    },
    list.doubles([0]),
  );
}
