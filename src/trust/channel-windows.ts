/** Scales at which differences of neighbours are measured, in pixels, by halving. */
const SCALES = 4;
/** Normalised pixels beyond count as these, in bins of 0.01. */
const LEVELS = { from: -10, to: 10, bins: 2000 };
/** Logarithms of the high-pass. */
const HIGH = { from: -12, to: 3, bins: 1500 };
/** What logarithms are taken of is at least so much: a normalised pixel has a contrast of 2. */
const LEAST = 1e-5;

/** Counts numbers in bins of even width; those beyond count as the outermost. */
export class Bins {
  readonly counts: Uint32Array;
  private total = 0;

  constructor(private readonly range: { from: number; to: number; bins: number }) {
    this.counts = new Uint32Array(range.bins);
  }

  add(value: number): void {
    const { from, to, bins } = this.range;
    const k = Math.floor(((value - from) / (to - from)) * bins);
    this.counts[Math.min(bins - 1, Math.max(0, k))]++;
    this.total++;
  }

  addAll({ counts, total }: Bins): void {
    for (let k = 0; k < counts.length; k++) this.counts[k] += counts[k];
    this.total += total;
  }

  /** The middle of a bin. */
  valueOf(bin: number): number {
    const { from, to, bins } = this.range;
    return from + ((bin + 0.5) / bins) * (to - from);
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

/** What windows of one channel hold: how bright, how noisy and how detailed they are. */
export class ChannelWindows {
  readonly levels = new Bins(LEVELS);
  readonly high = new Bins(HIGH);
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

  /** Adds what other windows hold. */
  addAll(other: ChannelWindows): void {
    this.levels.addAll(other.levels);
    this.high.addAll(other.high);
    for (let scale = 0; scale < SCALES; scale++) {
      this.squares[scale] += other.squares[scale];
      this.pairs[scale] += other.pairs[scale];
    }
  }

  /** Contrast of structures of 4 to 8 pixels, squared: more of it is more objects. */
  get structure(): number {
    return this.squares[2] / Math.max(1, this.pairs[2]);
  }

  /** In the order of `APPEARANCE`. */
  measures(): number[] {
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

/** Gives what several windows hold together. */
export function together(windows: readonly ChannelWindows[]): ChannelWindows {
  const all = new ChannelWindows();
  for (const window of windows) all.addAll(window);
  return all;
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
