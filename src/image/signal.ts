import { type Levels, orderStatistic, percentile } from './pixel-collector';

/** What stands out of a channel's background, and how much. */
export interface Signal {
  /** the median of the dark pixels */
  background: number;
  /** how far above the background half of all light lies; 0 where there is neither light nor noise */
  contrast: number;
  /** standard deviation of the noise, by the differences of neighbours */
  noise: number;
  /** half of what the middle 68 % of the pixels span: a standard deviation of normal ones */
  spread: number;
  /** the share of neighbours that stand out of the noise together */
  share: number;
  /** the share of pixels that are far darker than the noise makes them */
  darkShare: number;
  lowest: number;
  highest: number;
}

/** Light is what lies above the background by more than so many standard deviations of the noise. */
export const OUT_OF_NOISE = 3.5;
/** Darker than the background by more than so many standard deviations, which noise is not. */
const DARKER_THAN_NOISE = 5;
/** In noise alone two neighbours in 200,000 are that bright together; and pixels differ no more than neighbours do. */
const BLANK = { share: 5e-5, spread: 1.5 };

/**
 * Measures background and contrast such that neither depends on how much of the picture is full, and both go with gain
 * and offset. The background is the median of the darker of the two classes that Otsu's threshold makes (IEEE Trans. SMC
 * 9, 1979). The contrast is the brightness that half of the light above the background lies below, a median weighted by
 * light: twice as many objects are twice as much light of the same brightness. Light is where two neighbours are both
 * bright, so that hot pixels are none.
 * @param levels of all pixels, finite
 * @param darker of each two neighbours the darker
 */
export function measureSignal(levels: Levels, darker: Levels, noise: number): Signal {
  const background = darkMedian(levels, percentile(levels, 0.5), percentile(levels, 99.5));
  const { contrast, share } = lightAbove(darker, background, OUT_OF_NOISE * noise);
  const spread = (percentile(levels, 84.13) - percentile(levels, 15.87)) / 2;
  const [lowest, highest] = [levels.values[0], levels.values[levels.values.length - 1]];
  const darkShare = shareBelow(levels, background - DARKER_THAN_NOISE * noise);
  return { background, contrast, noise, spread, share, darkShare, lowest, highest };
}

/** Tells whether there is nothing but noise to be seen, or nothing at all. */
export function isBlank({ noise, spread, share, darkShare }: Signal): boolean {
  return share < BLANK.share && darkShare < BLANK.share && spread <= BLANK.spread * noise;
}

/**
 * The median of the class below Otsu's threshold; of a single value that value.
 * @param low,high values beyond count as these: what is so rare leaves the background as it is, found or not
 */
function darkMedian(levels: Levels, low: number, high: number): number {
  const { values, counts, total } = levels;
  const clipped = (i: number) => Math.min(Math.max(values[i], low), high) - low;
  let all = 0;
  for (let i = 0; i < values.length; i++) all += (counts ? counts[i] : 1) * clipped(i);
  let [n, sum, best, dark] = [0, 0, 0, total];
  for (let i = 0; i + 1 < values.length; i++) {
    const count = counts ? counts[i] : 1;
    n += count;
    sum += count * clipped(i);
    // the variance between the classes, times the square of the total
    const difference = (all * n) / total - sum;
    const between = (difference / n) * (difference / (total - n));
    if (between <= best) continue;
    best = between;
    dark = n;
  }
  return orderStatistic(levels)(Math.floor((dark - 1) / 2));
}

function shareBelow({ values, counts, total }: Levels, limit: number): number {
  let below = 0;
  for (let i = 0; i < values.length && values[i] < limit; i++) below += counts ? counts[i] : 1;
  return below / total;
}

/** The light-weighted median of what lies above the background by more than `least`, and the share that does. */
function lightAbove(
  { values, counts, total }: Levels,
  background: number,
  least: number,
): { contrast: number; share: number } {
  const countAt = (i: number) => (counts ? counts[i] : 1);
  let first = values.length;
  let [all, bright] = [0, 0];
  while (first > 0 && values[first - 1] - background > least) {
    first--;
    all += countAt(first) * (values[first] - background);
    bright += countAt(first);
  }
  if (bright === 0) return { contrast: least, share: 0 };
  let i = first;
  for (let seen = 0; i + 1 < values.length; i++) {
    seen += countAt(i) * (values[i] - background);
    if (2 * seen >= all) break;
  }
  return { contrast: values[i] - background, share: bright / total };
}
