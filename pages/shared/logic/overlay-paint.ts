import { UNKNOWN } from '../../../src/masks/target';

/** How a layer over the image is shown. */
export type LayerStyle = 'off' | 'fill' | 'outline';

/** `#rrggbb` as a little-endian RGBA pixel. */
export function pixelOf(colour: string, alpha: number): number {
  const value = Number.parseInt(colour.slice(1), 16);
  const [r, g, b] = [value >> 16, (value >> 8) & 255, value & 255];
  return ((Math.round(alpha * 255) << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/** Textures by position on the image, so that no layer is known by its colour alone. */
export type Texture = 'plain' | 'stripes' | 'dots' | 'rows' | 'backstripes';

/** Whether a texture has colour at a place. */
export function hasInk(texture: Texture, x: number, y: number): boolean {
  if (texture === 'plain') return true;
  if (texture === 'rows') return y % 6 < 2;
  if (texture === 'backstripes') return (x + 5 * y) % 6 < 3;
  return texture === 'stripes' ? (x + y) % 6 < 3 : x % 4 < 2 && y % 4 < 2;
}

/** What a tile shows as foreground, and where nobody said what there is, which is shown as what is excluded; null: nowhere. */
export function splitUnknown(pixels: ArrayLike<number>): { pixels: ArrayLike<number>; unknown: Uint8Array | null } {
  if (!Array.prototype.includes.call(pixels, UNKNOWN)) return { pixels, unknown: null };
  const pick = (isWanted: (value: number) => boolean) => Uint8Array.from(pixels, (value) => (isWanted(value) ? 1 : 0));
  return { pixels: pick((value) => value !== 0 && value !== UNKNOWN), unknown: pick((value) => value === UNKNOWN) };
}

/** One colour for all, as an RGBA pixel, or that of each value. */
export type Ink = number | ((value: number) => number);

/** @param rgba receives the colour where the mask is set; other pixels stay */
export function paintFill(
  mask: ArrayLike<number>,
  columns: number,
  rgba: Uint32Array,
  ink: Ink,
  texture: Texture,
): void {
  const pixelFor = inkFor(ink);
  for (let i = 0; i < rgba.length; i++) {
    if (mask[i] !== 0 && hasInk(texture, i % columns, Math.floor(i / columns))) rgba[i] = pixelFor(mask[i]);
  }
}

function inkFor(ink: Ink): (value: number) => number {
  return typeof ink === 'number' ? () => ink : ink;
}

/** Set pixels that have another value beside them in the tile; broken lines where the texture is not plain. */
export function paintOutline(
  mask: ArrayLike<number>,
  rows: number,
  columns: number,
  rgba: Uint32Array,
  ink: Ink,
  texture: Texture,
): void {
  const pixelFor = inkFor(ink);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const i = y * columns + x;
      const value = mask[i];
      if (value === 0) continue;
      const isBorder =
        (x > 0 && mask[i - 1] !== value) ||
        (x < columns - 1 && mask[i + 1] !== value) ||
        (y > 0 && mask[i - columns] !== value) ||
        (y < rows - 1 && mask[i + columns] !== value);
      if (isBorder && (texture === 'plain' || (x + y) % 8 < 5)) rgba[i] = pixelFor(value);
    }
  }
}
