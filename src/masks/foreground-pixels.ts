import { Constancy, STRETCH } from '../image/blocks';
import type { ForegroundRule } from '../image/description';
import { dtypeOf, isFloat, type PixelArray } from '../image/dtype';
import { IGNORE_MARKS, type Judgement, MANY_LABELS, type Seen } from './foreground';
import { foregroundTest } from './foreground-test';
import { FOREGROUND, UNKNOWN } from './target';

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

/** What a description says that its pixels stand for. */
export interface Stored {
  /** stored * scale = quantity, which bounds are meant in */
  scale?: number;
  unknown?: ForegroundRule;
}

/** Turns stored pixels into what they mean, by one judgement. */
export class ForegroundPixels {
  private readonly isForeground: (value: number) => boolean;
  private readonly isUnknown: ((value: number) => boolean) | null;
  private readonly isUnseen: ((value: number) => boolean) | null;
  private readonly block = new Float64Array(STRETCH);

  constructor(
    private readonly judgement: Judgement,
    { scale, unknown }: Stored = {},
  ) {
    const isUnknown = unknown ? foregroundTest(unknown, scale) : null;
    const among = (isWanted: (value: number) => boolean) =>
      isUnknown ? (value: number) => !isUnknown(value) && isWanted(value) : isWanted;
    this.isUnknown = isUnknown;
    this.isForeground = among(foregroundTest(judgement.rule, scale));
    this.isUnseen = judgement.seen && judgement.isAssumed ? among(unseenTest(judgement.seen)) : null;
  }

  /** Whether there is a value that the judgement of some pixels may not hold for. */
  hasUnseen(pixels: PixelArray): boolean {
    return this.isUnseen !== null && firstWhere(pixels, this.isUnseen) !== undefined;
  }

  /**
   * A value that no rule holds for, unless it is unknown: NaN, and where 0 was only assumed to be background a negative number or a fraction;
   * undefined where there is none.
   */
  unfit(pixels: PixelArray): number | undefined {
    const dtype = dtypeOf(pixels);
    if (dtype.startsWith('uint')) return undefined;
    const isStrict = this.judgement.isAssumed;
    const isKnown = (value: number) => !this.isUnknown?.(value);
    if (!isFloat(dtype)) return isStrict ? firstWhere(pixels, (value) => value < 0 && isKnown(value)) : undefined;
    const isUnfit = (value: number) => Number.isNaN(value) || (isStrict && !(value >= 0 && Number.isInteger(value)));
    return firstWhere(pixels, (value) => isUnfit(value) && isKnown(value));
  }

  /** Non-zero where the foreground is, NaN being none. Bytes that say so already are handed on. */
  foreground(pixels: PixelArray): Uint8Array<ArrayBuffer> {
    return this.isAsStored && pixels instanceof Uint8Array ? pixels : this.mapped(pixels, this.binary);
  }

  /** 0, {@link UNKNOWN} or {@link FOREGROUND}, as in a target. */
  target(pixels: PixelArray): Uint8Array<ArrayBuffer> {
    return this.mapped(pixels, (value) => {
      if (this.isUnknown?.(value)) return UNKNOWN;
      return this.isForeground(value) ? FOREGROUND : 0;
    });
  }

  /** 1 where it is known what there is, 0 elsewhere. */
  known(pixels: PixelArray): Uint8Array<ArrayBuffer> {
    return this.mapped(pixels, (value) => (this.isUnknown?.(value) ? 0 : 1));
  }

  private get isAsStored(): boolean {
    return this.judgement.rule.kind === 'non-zero' && this.isUnknown === null;
  }

  private readonly binary = (value: number): number => (this.isForeground(value) ? 1 : 0);

  private mapped(pixels: PixelArray, meaning: (value: number) => number): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(pixels.length);
    const constancy = new Constancy(pixels);
    for (let start = 0; start < pixels.length; start += STRETCH) {
      const end = Math.min(start + STRETCH, pixels.length);
      if (constancy.isConstant(start, end)) out.fill(meaning(pixels[start]), start, end);
      else this.fill(pixels.subarray(start, end), out.subarray(start, end), meaning);
    }
    return out;
  }

  private fill(pixels: PixelArray, out: Uint8Array, meaning: (value: number) => number): void {
    const { block } = this;
    block.set(pixels);
    let before = Number.NaN;
    for (let i = 0, means = 0; i < out.length; i++) {
      if (block[i] !== before) {
        before = block[i];
        means = meaning(before);
      }
      out[i] = means;
    }
  }

  /** Labels: 0 is background, every other value an object, as in the file where 0 is background there. */
  labels(pixels: PixelArray): PixelArray {
    const { hasLabels, rule } = this.judgement;
    if (!hasLabels) return this.mapped(pixels, this.binary);
    if (this.isAsStored) return pixels;
    if (rule.kind === 'non-zero') return pixels.map((value) => (this.isForeground(value) ? value : 0));
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
