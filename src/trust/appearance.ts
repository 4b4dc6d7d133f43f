import type { Zyx } from '../image/region';

/** Rows and columns of a window; of a smaller image all it has. */
const WINDOW = 64;
/** Windows of an image, of all its time points together, and of each at least. */
const MOST_WINDOWS = 128;
const FEWEST_WINDOWS = 4;

/**
 * Steps of a sequence that fills a volume evenly however long it is: powers of the root of x^4 = x + 1 (Roberts, "The
 * unreasonable effectiveness of quasirandom sequences", 2018). In even steps through a grid all windows may lie in one column.
 */
const STEPS = [0.8191725133961645, 0.6710436067037893, 0.5497004779019703];
/** Scales at which differences of neighbours are measured, in pixels, by halving. */
const SCALES = 4;
/** Normalised pixels beyond count as these, in bins of 0.01. */
const LEVELS = { from: -10, to: 10, bins: 2000 };
/** Logarithms of the high-pass. */
const HIGH = { from: -12, to: 3, bins: 1500 };
/** What logarithms are taken of is at least so much: a normalised pixel has a contrast of 2. */
const LEAST = 1e-5;

/** A number that tells how one channel looks. */
interface Measure {
  name: string;
  /** images of one kind differ by so much, as a standard deviation, where nothing else is known */
  floor: number;
  /** what an image is called that has less, and more of it */
  words: readonly [less: string, more: string];
}

/** What is measured of each channel, in the order of an {@link Appearance}. */
export const APPEARANCE: readonly Measure[] = [
  { name: 'noise', floor: 0.2, words: ['less noise', 'more noise'] },
  { name: 'roughness', floor: 0.05, words: ['blurred', 'more detail of single pixels'] },
  { name: 'detail2', floor: 0.05, words: ['smoother over some pixels', 'more detail of 2 to 4 pixels'] },
  { name: 'detail4', floor: 0.07, words: ['larger structures', 'smaller structures'] },
  { name: 'contrast4', floor: 0.15, words: ['fewer or weaker edges', 'more or stronger edges'] },
  { name: 'edges', floor: 0.1, words: ['weak edges beside the noise', 'strong edges beside the noise'] },
  { name: 'outliers', floor: 0.1, words: ['few sharp edges beside the noise', 'many sharp edges beside the noise'] },
  { name: 'dark', floor: 0.1, words: ['darker dark parts', 'brighter dark parts'] },
  { name: 'middle', floor: 0.1, words: ['more dark parts', 'more bright parts'] },
  { name: 'bright', floor: 0.25, words: ['darker bright parts', 'brighter bright parts'] },
];

/** What an image looks like once it is normalised: of each channel the numbers of {@link APPEARANCE}. */
export type Appearance = number[][];

/** Counts numbers in bins of even width; those beyond count as the outermost. */
class Bins {
  private readonly counts: Float64Array;
  private total = 0;

  constructor(private readonly range: { from: number; to: number; bins: number }) {
    this.counts = new Float64Array(range.bins);
  }

  add(value: number): void {
    const { from, to, bins } = this.range;
    const k = Math.floor(((value - from) / (to - from)) * bins);
    this.counts[Math.min(bins - 1, Math.max(0, k))]++;
    this.total++;
  }

  quantile(share: number): number {
    const { from, to, bins } = this.range;
    let left = share * this.total;
    let k = 0;
    while (k < bins - 1 && left > this.counts[k]) left -= this.counts[k++];
    const within = this.counts[k] > 0 ? left / this.counts[k] : 0;
    return from + ((k + within) / bins) * (to - from);
  }
}

/** Measures one channel. */
class ChannelMeter {
  private readonly levels = new Bins(LEVELS);
  private readonly high = new Bins(HIGH);
  /** of the differences of neighbours, by scale */
  private readonly squares = new Float64Array(SCALES);
  private readonly pairs = new Float64Array(SCALES);

  /** @param window C order over [y, x] */
  add(window: Float32Array, height: number, width: number): void {
    for (const pixel of window) this.levels.add(pixel);
    this.addHighPass(window, height, width);
    let scaled = { pixels: window, height, width };
    for (let scale = 0; scale < SCALES; scale++) {
      this.addDifferences(scale, scaled);
      scaled = halved(scaled);
    }
  }

  /** In the order of {@link APPEARANCE}. */
  result(): number[] {
    const [half, most, few] = [0.5, 0.9, 0.99].map((share) => this.high.quantile(share));
    const energy = Array.from(this.squares, (sum, k) => Math.log(sum / Math.max(1, this.pairs[k]) + LEAST ** 2) / 2);
    const levels = [0.05, 0.5, 0.99].map((share) => this.levels.quantile(share));
    const steps = [energy[0] - energy[1], energy[1] - energy[2], energy[2] - energy[3]];
    return [half, ...steps, energy[2], most - half, few - half, ...levels];
  }

  /** The mask of Immerkær (CVIU 64, 1996), in which what is smooth is 0, as are straight edges along the axes. */
  private addHighPass(w: Float32Array, height: number, width: number): void {
    for (let y = 1; y + 1 < height; y++) {
      for (let i = y * width + 1; i + 1 < (y + 1) * width; i++) {
        const corners = w[i - width - 1] + w[i - width + 1] + w[i + width - 1] + w[i + width + 1];
        const sides = w[i - 1] + w[i + 1] + w[i - width] + w[i + width];
        this.high.add(Math.log(Math.abs(4 * w[i] - 2 * sides + corners) / 6 + LEAST));
      }
    }
  }

  private addDifferences(scale: number, { pixels, height, width }: Scaled): void {
    let sum = 0;
    for (let y = 0; y + 1 < height; y++) {
      for (let i = y * width; i + 1 < (y + 1) * width; i++) {
        sum += (pixels[i + 1] - pixels[i]) ** 2 + (pixels[i + width] - pixels[i]) ** 2;
      }
    }
    this.squares[scale] += sum;
    this.pairs[scale] += 2 * Math.max(0, height - 1) * Math.max(0, width - 1);
  }
}

interface Scaled {
  pixels: Float32Array;
  height: number;
  width: number;
}

/** Means of 2 x 2 pixels; an odd last row or column is left out. */
function halved({ pixels, height, width }: Scaled): Scaled {
  const half = { height: height >> 1, width: width >> 1 };
  const means = new Float32Array(half.height * half.width);
  for (let y = 0; y < half.height; y++) {
    for (let x = 0; x < half.width; x++) {
      const i = 2 * (y * width + x);
      means[y * half.width + x] = (pixels[i] + pixels[i + 1] + pixels[i + width] + pixels[i + width + 1]) / 4;
    }
  }
  return { pixels: means, ...half };
}

/** Measures how an image looks, from windows of its normalised pixels in any order; it holds some kB a channel. */
export class AppearanceMeter {
  private readonly meters: ChannelMeter[];
  private seen = 0;

  constructor(channels: number) {
    this.meters = Array.from({ length: channels }, () => new ChannelMeter());
  }

  /**
   * Adds a window of all channels.
   * @param pixels normalised, C order over [c, y, x]; there may be more behind
   */
  add(pixels: Float32Array, [height, width]: readonly [height: number, width: number]): void {
    const plane = height * width;
    this.meters.forEach((meter, c) => {
      meter.add(pixels.subarray(c * plane, (c + 1) * plane), height, width);
    });
    this.seen++;
  }

  /** null where no window was seen */
  result(): Appearance | null {
    return this.seen === 0 ? null : this.meters.map((meter) => meter.result());
  }
}

/** Windows of an image that tell how it looks. */
interface Windows {
  /** [z, y, x] */
  size: Zyx;
  /** first voxel of each */
  corners: Zyx[];
}

/**
 * Spreads windows evenly over an image: of one plane, side by side, no more than tell how it looks.
 * @param times time points of the image, which share them
 */
export function appearanceWindows(shape: Readonly<Zyx>, times = 1): Windows {
  const size: Zyx = [1, Math.min(WINDOW, shape[1]), Math.min(WINDOW, shape[2])];
  const along = size.map((length, axis) => {
    const count = Math.floor(shape[axis] / length);
    return { length, count, first: Math.floor((shape[axis] - count * length) / 2) };
  });
  const [z, y, x] = along;
  const count = z.count * y.count * x.count;
  const kept = Math.min(Math.max(FEWEST_WINDOWS, Math.floor(MOST_WINDOWS / times)), count);
  const corners = Array.from({ length: kept }, (_, i): Zyx => {
    const all = [Math.floor(i / (y.count * x.count)), Math.floor(i / x.count) % y.count, i % x.count];
    const some = along.map((axis, k) => Math.floor(((0.5 + i * STEPS[k]) % 1) * axis.count));
    const at = kept === count ? all : some;
    return along.map(({ first, length }, axis) => first + at[axis] * length) as Zyx;
  });
  return { size, corners };
}

/**
 * Measures how an image looks in windows that are spread over it.
 * @param shape [z, y, x]
 * @param read gives the normalised pixels of a window, C order over [c, z, y, x]; null where the file does not hold them all
 * @returns null where it holds none of the windows
 */
export async function measureAppearance(
  { shape, channels }: { shape: Readonly<Zyx>; channels: number },
  read: (start: Zyx, size: Zyx) => Promise<Float32Array | null>,
): Promise<Appearance | null> {
  const meter = new AppearanceMeter(channels);
  const { size, corners } = appearanceWindows(shape);
  for (const corner of corners) {
    const pixels = await read(corner, size);
    if (pixels) meter.add(pixels, [size[1], size[2]]);
  }
  return meter.result();
}
