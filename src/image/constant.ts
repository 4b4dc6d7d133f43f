/** Stretches that are looked at as a whole: a look costs about as much as some dozen pixels. */
export const STRETCH = 1024;

/** Pixels, or any other numbers in memory. */
interface Numbers extends ArrayBufferView {
  readonly length: number;
  readonly BYTES_PER_ELEMENT: number;
  readonly [index: number]: number;
}

/**
 * Whether all pixels have the same bits: they then equal themselves shifted by one. A comparison of memory is some ten
 * times faster than a loop, and large images are constant in most places.
 */
export function isConstant(pixels: Numbers): boolean {
  const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  const size = pixels.BYTES_PER_ELEMENT;
  return Buffer.compare(bytes.subarray(size), bytes.subarray(0, Math.max(0, bytes.byteLength - size))) === 0;
}

/** Whether all pixels are 0. */
export function isZero(pixels: Numbers): boolean {
  return pixels.length === 0 || (pixels[0] === 0 && isConstant(pixels));
}
