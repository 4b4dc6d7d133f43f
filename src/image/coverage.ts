import type { PixelArray } from './dtype';
import type { Shape5 } from './region';

/** Which pixels of a block a file holds: one byte each, 0 where it holds none and reads 0; null: it holds all. */
export type Coverage = Uint8Array<ArrayBuffer> | null;

/**
 * The voxels of which a file holds any channel.
 * @param coverage C order over [t, c, z, y, x]
 * @param size [t, c, z, y, x] of the block
 * @returns C order over [t, z, y, x]
 */
export function ofAnyChannel(coverage: Coverage, [times, channels, depth, height, width]: Readonly<Shape5>): Coverage {
  if (coverage === null || channels === 1) return coverage;
  const voxels = depth * height * width;
  const any = new Uint8Array(times * voxels);
  for (let t = 0; t < times; t++) {
    for (let c = 0; c < channels; c++) {
      const from = (t * channels + c) * voxels;
      for (let i = 0; i < voxels; i++) any[t * voxels + i] |= coverage[from + i];
    }
  }
  return any.includes(0) ? any : null;
}

/** What two files of one extent both hold. */
export function ofBoth(a: Coverage, b: Coverage): Coverage {
  if (a === null || b === null) return a ?? b;
  return a.map((held, i) => held & b[i]);
}

/** How many of `pixels` pixels are held. */
export function heldCount(coverage: Coverage, pixels: number): number {
  return coverage === null ? pixels : coverage.reduce((sum, held) => sum + held, 0);
}

/** The pixels that are held, in their order. */
export function heldPixels(pixels: PixelArray, coverage: Coverage): PixelArray {
  return coverage === null ? pixels : pixels.filter((_, i) => coverage[i] !== 0);
}

/** Sets pixels that are not held to 0. */
export function blankOthers(pixels: PixelArray, coverage: Coverage): void {
  coverage?.forEach((held, i) => {
    if (held === 0) pixels[i] = 0;
  });
}
