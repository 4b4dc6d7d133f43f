import type { DType } from '../../../src/image/dtype';

/** From 0 to 1: dark blue over purple and orange to light yellow, ever lighter, so that it is read without colours too. */
const STOPS = [
  '#0d0887',
  '#46039f',
  '#7201a8',
  '#9c179e',
  '#bd3786',
  '#d8576b',
  '#ed7953',
  '#fb9f3a',
  '#fdca26',
  '#f0f921',
];
const STEPS = 256;
const LONGEST_TABLE = 65536;

/** As CSS: from left to right. */
export const GRADIENT = `linear-gradient(90deg, ${STOPS.join(', ')})`;

/** Colours probabilities. */
export class HeatTable {
  private readonly table: Uint32Array;
  private readonly factor: number;

  /** @param scale stored value times scale is the probability */
  constructor(dtype: DType, scale: number) {
    const isExact = dtype === 'uint8' || dtype === 'uint16';
    this.factor = isExact ? 1 : scale * (STEPS - 1);
    this.table = new Uint32Array(isExact ? LONGEST_TABLE : STEPS);
    for (let i = 0; i < this.table.length; i++) this.table[i] = heatOf(isExact ? i * scale : i / (STEPS - 1));
  }

  /** @param rgba receives one opaque pixel each, little-endian RGBA; what is no number is as 0 */
  paint(pixels: ArrayLike<number>, rgba: Uint32Array): void {
    const { table, factor } = this;
    const last = table.length - 1;
    for (let i = 0; i < rgba.length; i++) {
      const at = Math.round(pixels[i] * factor);
      rgba[i] = table[at > 0 ? Math.min(last, at) : 0];
    }
  }
}

/** The colour of a probability, a little-endian RGBA pixel. */
export function heatOf(probability: number): number {
  const place = Math.min(1, Math.max(0, probability)) * (STOPS.length - 1);
  const at = Math.min(STOPS.length - 2, Math.floor(place));
  const [low, high] = [STOPS[at], STOPS[at + 1]].map((colour) => Number.parseInt(colour.slice(1), 16));
  const between = (shift: number) => {
    const [a, b] = [(low >> shift) & 255, (high >> shift) & 255];
    return Math.round(a + (b - a) * (place - at));
  };
  return (0xff000000 | (between(0) << 16) | (between(8) << 8) | between(16)) >>> 0;
}
