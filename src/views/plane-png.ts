import sharp from 'sharp';
import { InvalidInputError } from '../base/errors';
import type { PixelArray } from '../image/dtype';

export interface GreyScale {
  /** value shown black */
  low: number;
  /** value shown white */
  high: number;
  /** the longer side is shrunk to this many pixels; never enlarged */
  maxSize?: number;
}

/**
 * Renders a plane as a PNG for eyes: values from `low` to `high` become black to white, NaN black.
 * Scaled here to 8 bits, for sharp would narrow floats and 16-bit data in its own way.
 * @param plane [y, x] pixels, C order
 * @throws InvalidInputError where sizes do not fit
 */
export async function planeToPng(
  plane: PixelArray,
  width: number,
  height: number,
  { low, high, maxSize }: GreyScale,
): Promise<Buffer> {
  const pixels = width * height;
  if (plane.length !== pixels) throw new InvalidInputError('plane', `${height} x ${width} pixels`, plane.length);
  const grey = scaleToBytes(plane, low, high);
  const image = sharp(grey, { raw: { width, height, channels: 1 } }).toColourspace('b-w');
  const sized = maxSize
    ? image.resize({ width: maxSize, height: maxSize, fit: 'inside', withoutEnlargement: true })
    : image;
  return sized.png({ compressionLevel: 3 }).toBuffer();
}

/** Values to 0..255, rounded; below `low` 0, above `high` 255, NaN 0. Equal limits make a step. */
export function scaleToBytes(plane: PixelArray, low: number, high: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8ClampedArray(plane.length);
  const factor = 255 / (high - low || Number.MIN_VALUE);
  for (let i = 0; i < plane.length; i++) out[i] = (plane[i] - low) * factor;
  return new Uint8Array(out.buffer);
}
