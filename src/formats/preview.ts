import sharp from 'sharp';
import { InvalidInputError } from '../base/errors';
import type { PixelArray } from '../image/dtype';

export interface PreviewOptions {
  /** value shown black */
  low: number;
  /** value shown white */
  high: number;
  /** pixels that are not 0 are tinted; same size as the plane */
  overlayMask?: PixelArray;
  /** the longer side is shrunk to this many pixels; never enlarged */
  maxSize?: number;
}

/** Yellow stays visible on black and on white, and to colour-blind eyes. */
const TINT = [255, 210, 0];
const TINT_PART = 0.4;

/**
 * A plane as a PNG for eyes: values from `low` to `high` become black to white, NaN black.
 * Scaled here to 8 bits, for sharp would narrow floats and 16-bit data in its own way.
 * @param plane [y, x] pixels, C order
 * @throws InvalidInputError where sizes do not fit
 */
export async function renderPreview(
  plane: PixelArray,
  width: number,
  height: number,
  { low, high, overlayMask, maxSize }: PreviewOptions,
): Promise<Buffer> {
  const pixels = width * height;
  if (plane.length !== pixels) throw new InvalidInputError('plane', `${height} x ${width} pixels`, plane.length);
  if (overlayMask && overlayMask.length !== pixels) {
    throw new InvalidInputError('overlayMask', `${height} x ${width} pixels`, overlayMask.length);
  }
  const grey = scaleToBytes(plane, low, high);
  const image = overlayMask
    ? sharp(tint(grey, overlayMask), { raw: { width, height, channels: 3 } })
    : sharp(grey, { raw: { width, height, channels: 1 } }).toColourspace('b-w');
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

function tint(grey: Uint8Array, mask: PixelArray): Uint8Array {
  const out = new Uint8ClampedArray(grey.length * 3);
  for (let i = 0; i < grey.length; i++) {
    const part = mask[i] ? TINT_PART : 0;
    for (let c = 0; c < 3; c++) out[i * 3 + c] = grey[i] * (1 - part) + TINT[c] * part;
  }
  return new Uint8Array(out.buffer);
}
