import type { DType } from '../../../src/image/dtype';
import type { Picture } from '../../../src/image/picture';
import type { SharedKey } from './texts';

/** How values become grey: `low` black, `high` white, in between by a power. */
export interface Contrast {
  low: number;
  high: number;
  /** 1: straight; below: darker middle; above: brighter middle */
  gamma: number;
}

export type Ranges = Picture['ranges'][number];

/** Names and percentiles of the presets, narrowest last. */
export const PRESETS = [
  { name: 'contrast.full', low: 'min', high: 'max' },
  { name: 'contrast.tenth', low: 'p0.1', high: 'p99.9' },
  { name: 'contrast.half', low: 'p0.5', high: 'p99.5' },
  { name: 'contrast.one', low: 'p1', high: 'p99' },
] as const satisfies ReadonlyArray<{ name: SharedKey; low: keyof Ranges; high: keyof Ranges }>;

/** The preset that an image opens with. */
export const FIRST_PRESET = 1;

export function presetContrast(ranges: Ranges, preset: number, gamma = 1): Contrast {
  const { low, high } = PRESETS[preset];
  return ordered({ low: ranges[low], high: ranges[high], gamma });
}

/** Black below white, also where an image has one value only. */
export function ordered({ low, high, gamma }: Contrast): Contrast {
  return high > low ? { low, high, gamma } : { low, high: low + 1, gamma };
}

/** Grey of a value, 0 to 255. */
export function grey(value: number, { low, high, gamma }: Contrast): number {
  const x = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return Math.round(255 * x ** (1 / gamma));
}

const FINE_STEPS = 4096;
const TABLE_TYPES: Partial<Record<DType, { length: number; offset: number }>> = {
  uint8: { length: 256, offset: 0 },
  int8: { length: 256, offset: 128 },
  uint16: { length: 65536, offset: 0 },
  int16: { length: 65536, offset: 32768 },
};

/** Colours pixels by a table, so that a change of contrast costs a table and a pass over what is in sight. */
export class GreyTable {
  private readonly table: Uint32Array;
  private readonly offset: number;
  private readonly factor: number;

  /**
   * Types of at most 16 bits have an entry for each value, others {@link FINE_STEPS} between black and white.
   * @param colour `#rrggbb`, what white becomes
   */
  constructor(dtype: DType, contrast: Contrast, colour = '#ffffff') {
    const white = Number.parseInt(colour.slice(1), 16);
    const [red, green, blue] = [(white >> 16) / 255, ((white >> 8) & 255) / 255, (white & 255) / 255];
    const exact = TABLE_TYPES[dtype];
    const { low, high } = contrast;
    this.factor = exact ? 1 : (FINE_STEPS - 1) / (high - low);
    this.offset = exact ? exact.offset : -low * this.factor + 0.5;
    this.table = new Uint32Array(exact?.length ?? FINE_STEPS);
    for (let i = 0; i < this.table.length; i++) {
      const g = grey(exact ? i - exact.offset : low + i / this.factor, contrast);
      this.table[i] = 0xff000000 | (Math.round(g * blue) << 16) | (Math.round(g * green) << 8) | Math.round(g * red);
    }
  }

  /** @param rgba receives one opaque pixel each, little-endian RGBA; NaN is black */
  paint(pixels: ArrayLike<number>, rgba: Uint32Array): void {
    const { table, offset, factor } = this;
    const last = table.length - 1;
    if (factor === 1 && offset === 0) {
      for (let i = 0; i < rgba.length; i++) rgba[i] = table[pixels[i]];
      return;
    }
    for (let i = 0; i < rgba.length; i++) {
      const at = pixels[i] * factor + offset;
      rgba[i] = table[at > 0 ? Math.min(last, Math.floor(at)) : 0];
    }
  }
}
