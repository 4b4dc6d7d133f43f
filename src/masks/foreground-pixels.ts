import { Constancy, STRETCH } from '../image/blocks';
import { dtypeOf, isFloat, type PixelArray } from '../image/dtype';
import { foregroundTest, IGNORE_MARKS, type Judgement, MANY_LABELS, type Seen } from './foreground';

/**
 * Makes the test for values that a judgement of some pixels may not hold for: beside few values, and those of a palette,
 * any other one; beside many labels, which go on, only a mark for pixels to be ignored.
 */
export function unseenTest({ histogram, distinct, range, appearance }: Seen): (value: number) => boolean {
  if (histogram && (appearance.palette || (distinct ?? MANY_LABELS) < MANY_LABELS)) {
    const known = new Set(histogram.map(([value]) => value));
    return (value) => !known.has(value);
  }
  const marks = new Set(IGNORE_MARKS.filter((mark) => (range?.max ?? 0) <= mark / 2));
  return (value) => marks.has(value);
}

/** Whether what was given away by a judgement of some pixels holds by that of all of them. */
export function agree(part: Judgement, whole: Judgement): boolean {
  if (part.hasLabels !== whole.hasLabels) return false;
  if (part.rule.kind === 'non-zero' && whole.rule.kind === 'non-zero') return true;
  const [before, after] = [foregroundTest(part.rule), foregroundTest(whole.rule)];
  return part.seen?.histogram?.every(([value]) => before(value) === after(value)) ?? false;
}

/** Turns stored pixels into what they mean, by one judgement. */
export class ForegroundPixels {
  private readonly isForeground: (value: number) => boolean;
  private readonly isUnseen: ((value: number) => boolean) | null;
  private readonly block = new Float64Array(STRETCH);

  /** @param scale of the image: stored * scale = quantity, which bounds are meant in */
  constructor(
    private readonly judgement: Judgement,
    scale?: number,
  ) {
    this.isForeground = foregroundTest(judgement.rule, scale);
    this.isUnseen = judgement.seen && judgement.isAssumed ? unseenTest(judgement.seen) : null;
  }

  /** Whether there is a value that the judgement of some pixels may not hold for. */
  hasUnseen(pixels: PixelArray): boolean {
    return this.isUnseen !== null && firstWhere(pixels, this.isUnseen) !== undefined;
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
    const { kind } = this.judgement.rule;
    return kind === 'non-zero' && pixels instanceof Uint8Array ? pixels : this.binary(pixels);
  }

  private binary(pixels: PixelArray): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(pixels.length);
    const constancy = new Constancy(pixels);
    for (let start = 0; start < pixels.length; start += STRETCH) {
      const end = Math.min(start + STRETCH, pixels.length);
      if (!constancy.isConstant(start, end)) this.fill(pixels.subarray(start, end), out.subarray(start, end));
      else if (this.isForeground(pixels[start])) out.fill(1, start, end);
    }
    return out;
  }

  private fill(pixels: PixelArray, out: Uint8Array): void {
    const { block } = this;
    block.set(pixels);
    let before = Number.NaN;
    for (let i = 0, inside = 0; i < out.length; i++) {
      if (block[i] !== before) {
        before = block[i];
        inside = this.isForeground(before) ? 1 : 0;
      }
      out[i] = inside;
    }
  }

  /** Labels: 0 is background, every other value an object, as in the file where 0 is background there. */
  labels(pixels: PixelArray): PixelArray {
    const { hasLabels, rule } = this.judgement;
    if (!hasLabels) return this.binary(pixels);
    if (rule.kind === 'non-zero') return pixels;
    // One more than the stored value, for 0 may be one of the labels.
    return Float64Array.from(pixels, (value) => (this.isForeground(value) ? (value < 0 ? value : value + 1) : 0));
  }
}

function firstWhere(pixels: PixelArray, isWanted: (value: number) => boolean): number | undefined {
  const constancy = new Constancy(pixels);
  let before: number | undefined;
  for (let start = 0; start < pixels.length; start += STRETCH) {
    const end = Math.min(start + STRETCH, pixels.length);
    // Most of a segmentation is.
    const looked = constancy.isConstant(start, end) ? start + 1 : end;
    for (let i = start; i < looked; i++) {
      if (pixels[i] === before) continue;
      before = pixels[i];
      if (isWanted(before)) return before;
    }
  }
  return undefined;
}
