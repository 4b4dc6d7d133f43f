import type { DType } from '../../../src/image/dtype';

/** What is foreground where nobody said it. */
export const DEFAULT_THRESHOLD = 0.5;

/**
 * A threshold of probabilities in the values that a map stores, as the threshold node compares them: a pixel above it is
 * foreground, and of 32-bit floats the threshold is rounded to one.
 */
export function storedThreshold(threshold: number, { dtype, scale }: { dtype: DType; scale: number }): number {
  const stored = threshold / scale;
  return dtype === 'float32' ? Math.fround(stored) : stored;
}

/** @param rgba receives the pixel above the threshold, else nothing */
export function paintAbove(pixels: ArrayLike<number>, stored: number, rgba: Uint32Array, pixel: number): void {
  for (let i = 0; i < rgba.length; i++) rgba[i] = pixels[i] > stored ? pixel : 0;
}

/** What lies above a threshold, as a mask of 0 and 1. */
export function maskAbove(pixels: ArrayLike<number>, stored: number): Uint8Array {
  const mask = new Uint8Array(pixels.length);
  for (let i = 0; i < mask.length; i++) mask[i] = pixels[i] > stored ? 1 : 0;
  return mask;
}

export function countAbove(pixels: ArrayLike<number>, stored: number): number {
  let count = 0;
  for (let i = 0; i < pixels.length; i++) if (pixels[i] > stored) count++;
  return count;
}
