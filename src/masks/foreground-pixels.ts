import { bytesPerPixel, dtypeOf, isFloat, type PixelArray } from '../image/dtype';
import { foregroundTest, type Judgement } from './foreground';

/** Turns stored pixels into what they mean, by one judgement. */
export class ForegroundPixels {
  private readonly test: (value: number) => boolean;
  /** by value, from the smallest of the type on; for types of up to 16 bits */
  private table: { of: Uint8Array; offset: number } | null = null;

  /** @param scale of the image: stored * scale = quantity, which bounds are meant in */
  constructor(
    private readonly judgement: Judgement,
    scale?: number,
  ) {
    this.test = foregroundTest(judgement.rule, scale);
  }

  /**
   * A value that no rule holds for: NaN, and where 0 was only assumed to be background a negative number or a fraction;
   * undefined where there is none.
   */
  unfit(pixels: PixelArray): number | undefined {
    const dtype = dtypeOf(pixels);
    if (dtype.startsWith('uint')) return undefined;
    const isStrict = this.judgement.isAssumed;
    if (!isFloat(dtype)) return isStrict ? firstWhere(pixels, (value) => value < 0) : undefined;
    return firstWhere(pixels, (value) => Number.isNaN(value) || (isStrict && !(value >= 0 && Number.isInteger(value))));
  }

  /** Non-zero where the foreground is, NaN being none. Bytes that say so already are handed on. */
  foreground(pixels: PixelArray): Uint8Array<ArrayBuffer> {
    const isNonZero = this.judgement.rule.kind === 'non-zero';
    if (isNonZero && pixels instanceof Uint8Array) return pixels;
    const out = new Uint8Array(pixels.length);
    if (isNonZero) for (let i = 0; i < out.length; i++) out[i] = pixels[i] > 0 || pixels[i] < 0 ? 1 : 0;
    else if (bytesPerPixel(dtypeOf(pixels)) <= 2) {
      const { of, offset } = this.tableFor(pixels);
      for (let i = 0; i < out.length; i++) out[i] = of[pixels[i] + offset];
    } else for (let i = 0; i < out.length; i++) out[i] = this.test(pixels[i]) ? 1 : 0;
    return out;
  }

  /** Labels: 0 is background, every other value an object, as in the file where 0 is background there. */
  labels(pixels: PixelArray): PixelArray {
    const { hasLabels, rule } = this.judgement;
    if (!hasLabels) return this.foreground(pixels);
    if (rule.kind === 'non-zero') return pixels;
    // One more than the stored value, for 0 may be one of the labels.
    return Float64Array.from(pixels, (value) => (this.test(value) ? (value < 0 ? value : value + 1) : 0));
  }

  private tableFor(pixels: PixelArray): { of: Uint8Array; offset: number } {
    if (this.table) return this.table;
    const bits = 8 * pixels.BYTES_PER_ELEMENT;
    const offset = dtypeOf(pixels).startsWith('int') ? 2 ** (bits - 1) : 0;
    const of = Uint8Array.from({ length: 2 ** bits }, (_, i) => (this.test(i - offset) ? 1 : 0));
    this.table = { of, offset };
    return this.table;
  }
}

function firstWhere(pixels: PixelArray, isWanted: (value: number) => boolean): number | undefined {
  for (let i = 0; i < pixels.length; i++) if (isWanted(pixels[i])) return pixels[i];
  return undefined;
}
