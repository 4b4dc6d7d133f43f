import { measureSignal } from '../image/signal';
import { type Bins, type ChannelWindows, together } from './channel-windows';
import { APPEARANCE } from './measures';

/** The part of an image's windows that stands for an image with fewer, or more, objects. */
const PART = 1 / 3;
/** The median of |x| of a normal distribution, in standard deviations. */
const MEDIAN_OF_NORMAL = 0.6745;

/**
 * Tells by how much the numbers of {@link APPEARANCE} would be others if an image held more objects: what the third of
 * its windows with the most structure shows beyond the third with the least, each normalised as an image of its own. So of
 * another density an image to come differs from a training along this direction.
 * @param windows of one channel of one image
 */
export function amountDirection(windows: readonly ChannelWindows[]): number[] {
  const sorted = windows.toSorted((a, b) => a.structure - b.structure);
  const count = Math.max(1, Math.round(PART * sorted.length));
  const whole = together(sorted);
  const [fewer, more] = [sorted.slice(0, count), sorted.slice(-count)].map((part) => asImage(together(part), whole));
  return more.map((value, j) => value - fewer[j]);
}

/** What would be measured of windows, were their background and contrast those of their image. */
function asImage(part: ChannelWindows, whole: ChannelWindows): number[] {
  const [own, all] = [part, whole].map(signalOf);
  const factor = own.contrast > 0 && all.contrast > 0 ? all.contrast / own.contrast : 1;
  return part.measures().map((value, j) => {
    const { scales } = APPEARANCE[j];
    if (scales === 'level') return (value - own.background) * factor + all.background;
    return scales === 'log' ? value + Math.log(factor) : value;
  });
}

function signalOf({ levels, high }: ChannelWindows) {
  const noise = Math.exp(high.quantile(0.5)) / MEDIAN_OF_NORMAL;
  const found = levelsOf(levels);
  return measureSignal(found, found, noise);
}

/** The bins that hold anything, as a list of values and how often each is there. */
function levelsOf(bins: Bins) {
  const full = [...bins.counts.keys()].filter((k) => bins.counts[k] > 0);
  const counts = Float64Array.from(full, (k) => bins.counts[k]);
  const values = Float64Array.from(full, (k) => bins.valueOf(k));
  return { values, counts, total: counts.reduce((sum, count) => sum + count, 0) };
}
