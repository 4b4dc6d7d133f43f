import { forEachBlock } from '../image/blocks';
import type { PixelArray } from '../image/dtype';
import { nanError } from './passes';

/** What a mask stores in the foreground; its background is 0. */
export const FOREGROUND = 255;

/**
 * Computes the binary image `pixel > threshold`: uint8, 255 in the foreground and 0 elsewhere. As in NumPy 2 the
 * threshold is rounded to float32 for a float32 image, so that a pixel stored as 0.3 is not above 0.3.
 * @param out receives the mask; as long as `pixels`
 * @throws SegmenterError `invalid-input` for NaN pixels, saying how many
 */
export function applyThreshold(
  pixels: PixelArray,
  threshold: number,
  out: Uint8Array<ArrayBuffer> = new Uint8Array(pixels.length),
): Uint8Array<ArrayBuffer> {
  const nan =
    pixels instanceof Float32Array
      ? applyFloat32(pixels, threshold, out)
      : pixels instanceof Uint16Array
        ? applyUint16(pixels, threshold, out)
        : applyAny(pixels, threshold, out);
  if (nan > 0) throw nanError(nan, pixels.length);
  return out;
}

function applyFloat32(pixels: Float32Array, threshold: number, out: Uint8Array): number {
  const t = Math.fround(threshold);
  let nan = 0;
  for (let i = 0; i < pixels.length; i++) {
    const v = pixels[i];
    out[i] = v > t ? FOREGROUND : 0;
    if (Number.isNaN(v)) nan++;
  }
  return nan;
}

/** Large probability maps and most raw images; no pixel is NaN. */
function applyUint16(pixels: Uint16Array, threshold: number, out: Uint8Array): number {
  for (let i = 0; i < pixels.length; i++) out[i] = pixels[i] > threshold ? FOREGROUND : 0;
  return 0;
}

function applyAny(pixels: PixelArray, threshold: number, out: Uint8Array): number {
  let nan = 0;
  forEachBlock([pixels], ([block], length, start) => {
    for (let i = 0; i < length; i++) {
      const v = block[i];
      out[start + i] = v > threshold ? FOREGROUND : 0;
      if (Number.isNaN(v)) nan++;
    }
  });
  return nan;
}
