import type { Zyx } from '../image/region';

/** Rows and columns of a window; of a smaller image all it has. */
const WINDOW = 64;
/** Windows of an image, of all its time points together, and of each at least. */
const MOST_WINDOWS = 128;
const FEWEST_WINDOWS = 4;

/** Scales at which differences of neighbours are measured, in pixels. */
const SCALES = [1, 2, 4, 8];

const Q = [0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.998];
export const FEATURES = [
  ...Q.map((q) => `q${q}`),
  'noise',
  'e1',
  'e2',
  'e4',
  'e8',
  'hp50',
  'hp90',
  'hp99',
  'ghalf',
  'lap',
];

/** Counts numbers in bins of even width. */
class Bins {
  private readonly counts: Float64Array;
  private total = 0;
  constructor(
    private readonly from: number,
    private readonly to: number,
    n: number,
  ) {
    this.counts = new Float64Array(n);
  }
  add(value: number): void {
    const { from, to, counts } = this;
    const k = Math.floor(((value - from) / (to - from)) * counts.length);
    counts[Math.min(counts.length - 1, Math.max(0, k))]++;
    this.total++;
  }
  quantile(share: number): number {
    const { from, to, counts, total } = this;
    let left = share * total;
    let k = 0;
    while (k < counts.length - 1 && left > counts[k]) left -= counts[k++];
    return from + ((k + (counts[k] > 0 ? left / counts[k] : 0.5)) / counts.length) * (to - from);
  }
}

export class ChannelMeter {
  private readonly levels = new Bins(-10, 10, 4000);
  private readonly high = new Bins(-12, 3, 1500);
  private readonly energy = new Float64Array(SCALES.length);
  private readonly pairs = new Float64Array(SCALES.length);
  private lap = 0;
  private nlap = 0;

  /** @param window C order over [y, x] */
  add(window: Float32Array, height: number, width: number): void {
    for (let i = 0; i < height * width; i++) this.levels.add(window[i]);
    for (let y = 1; y + 1 < height; y++) {
      for (let x = 1; x + 1 < width; x++) {
        const i = y * width + x;
        const w = window;
        const corners = w[i - width - 1] + w[i - width + 1] + w[i + width - 1] + w[i + width + 1];
        const sides = w[i - 1] + w[i + 1] + w[i - width] + w[i + width];
        const h = (4 * w[i] - 2 * sides + corners) / 6;
        this.high.add(Math.log(Math.abs(h) + 1e-5));
        const l = w[i] - sides / 4;
        this.lap += l * l;
        this.nlap++;
      }
    }
    let [now, h, w] = [window, height, width];
    SCALES.forEach((_, s) => {
      for (let y = 0; y + 1 < h; y++) {
        for (let x = 0; x + 1 < w; x++) {
          const i = y * w + x;
          this.energy[s] += (now[i + 1] - now[i]) ** 2 + (now[i + w] - now[i]) ** 2;
          this.pairs[s] += 2;
        }
      }
      const [hh, hw] = [h >> 1, w >> 1];
      const half = new Float32Array(hh * hw);
      for (let y = 0; y < hh; y++) {
        for (let x = 0; x < hw; x++) {
          const i = 2 * y * w + 2 * x;
          half[y * hw + x] = (now[i] + now[i + 1] + now[i + w] + now[i + w + 1]) / 4;
        }
      }
      [now, h, w] = [half, hh, hw];
    });
  }

  features(): number[] {
    const e = Array.from(this.energy, (sum, s) => 0.5 * Math.log(sum / this.pairs[s] + 1e-8));
    const hp = [0.5, 0.9, 0.99].map((q) => this.high.quantile(q));
    return [
      ...Q.map((q) => this.levels.quantile(q)),
      hp[0],
      ...e,
      ...hp,
      0,
      0.5 * Math.log(this.lap / this.nlap + 1e-8),
    ];
  }
}

/** What an image looks like once it is normalised: of each channel the numbers of `APPEARANCE`. */
export type Appearance = number[][];

/** Measures how an image looks, from windows of its normalised pixels in any order; it holds some numbers a channel. */
export class AppearanceMeter {
  private readonly meters: ChannelMeter[];
  private seen = 0;

  constructor(channels: number) {
    this.meters = Array.from({ length: channels }, () => new ChannelMeter());
  }

  /**
   * Adds a window of all channels.
   * @param pixels normalised, C order over [c, y, x]
   */
  add(pixels: Float32Array, [height, width]: readonly [number, number]): void {
    const plane = height * width;
    this.meters.forEach((meter, c) => {
      meter.add(pixels.subarray(c * plane, (c + 1) * plane), height, width);
    });
    this.seen++;
  }

  /** null where no window was seen */
  result(): Appearance | null {
    return this.seen === 0 ? null : this.meters.map((meter) => meter.features());
  }
}

/** Windows of an image that tell how it looks. */
export interface Windows {
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
    const first = Math.floor((shape[axis] - count * length) / 2);
    return { length, count, first };
  });
  const count = along[0].count * along[1].count * along[2].count;
  const kept = Math.min(Math.max(FEWEST_WINDOWS, Math.floor(MOST_WINDOWS / times)), count);
  const corners = Array.from({ length: kept }, (_, i): Zyx => {
    const flat = Math.floor(((i + 0.5) * count) / kept);
    const [, y, x] = along;
    const at = [Math.floor(flat / (y.count * x.count)), Math.floor(flat / x.count) % y.count, flat % x.count];
    return along.map(({ first, length }, axis) => first + at[axis] * length) as Zyx;
  });
  return { size, corners };
}

/**
 * Measures how an image looks in windows that are spread over it.
 * @param image [z, y, x]
 * @param read gives normalised pixels of a window, C order over [c, z, y, x]; null where the file does not hold all of them
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
