import { allocate, dtypeOf, type PixelArray } from './dtype';
import type { Region, Shape5 } from './region';

/** Which pixels of a block a file holds: one byte each, 0 where it holds none and reads 0; null: it holds all. */
export type Coverage = Uint8Array<ArrayBuffer> | null;

/** Reads the pixels of an image by region; what opening a description gives. */
export interface RegionReader {
  /** C order over [t, c, z, y, x] */
  read(region: Region, options?: { signal?: AbortSignal }): Promise<PixelArray>;
  /** which pixels of a block the file holds, also once it is closed; absent: all */
  coverage?(region: Region): Coverage;
}

/**
 * Finds the voxels of which an image holds any channel. No more than two channels of the block are in memory.
 * @param channels of the image
 * @param block of one channel, whichever
 * @returns C order over [t, z, y, x]
 */
export function ofAnyChannel(
  image: Pick<RegionReader, 'coverage'>,
  channels: number,
  { start: [t, , ...corner], size: [times, , ...extent] }: Region,
): Coverage {
  let any: Uint8Array<ArrayBuffer> | undefined;
  for (let c = 0; c < channels; c++) {
    const held = image.coverage?.({ start: [t, c, ...corner], size: [times, 1, ...extent] }) ?? null;
    if (held === null) return null;
    any = any ? any.map((other, i) => other | held[i]) : held;
  }
  return any?.includes(0) ? any : null;
}

/** Tells what two files of one extent both hold. */
export function ofBoth(a: Coverage, b: Coverage): Coverage {
  if (a === null || b === null) return a ?? b;
  return a.map((held, i) => held & b[i]);
}

/** Counts how many of `pixels` pixels are held. */
export function heldCount(coverage: Coverage, pixels: number): number {
  if (coverage === null) return pixels;
  let held = 0;
  for (let i = 0; i < coverage.length; i++) held += coverage[i];
  return held;
}

/** Copies the pixels that are held, in their order. */
export function heldPixels(pixels: PixelArray, coverage: Coverage): PixelArray {
  if (coverage === null) return pixels;
  const held = allocate(dtypeOf(pixels), heldCount(coverage, pixels.length));
  for (let i = 0, to = 0; i < pixels.length; i++) if (coverage[i] !== 0) held[to++] = pixels[i];
  return held;
}

/** Sets pixels that are not held to 0. */
export function blankOthers(pixels: PixelArray, coverage: Coverage): void {
  if (coverage === null) return;
  for (let i = 0; i < coverage.length; i++) if (coverage[i] === 0) pixels[i] = 0;
}

/** Goes along with the rows of a map: where the file of its image holds no channel of a voxel, nothing is there. */
export class HeldRows {
  /** pixels that went by of which nothing is held */
  blanked = 0;
  /** rows that went by, over [t, z, y] */
  private done = 0;

  /** @param shape [t, c, z, y, x] of the image */
  constructor(
    private readonly image: Pick<RegionReader, 'coverage'>,
    private readonly shape: Readonly<Shape5>,
  ) {}

  /** Sets the voxels of the next whole rows, C order over [t, z, y, x], to 0 where none is held. */
  blankOthers(map: PixelArray): void {
    const [, channels, depth, height, width] = this.shape;
    const end = this.done + map.length / width;
    for (let from = this.done; from < end; from = this.done) {
      const y = from % height;
      const plane = Math.floor(from / height);
      const rows = Math.min(height - y, end - from);
      const size: Shape5 = [1, 1, 1, rows, width];
      const start: Shape5 = [Math.floor(plane / depth), 0, plane % depth, y, 0];
      const coverage = ofAnyChannel(this.image, channels, { start, size });
      const at = (end - from) * width;
      blankOthers(map.subarray(map.length - at, map.length - at + rows * width), coverage);
      this.blanked += rows * width - heldCount(coverage, rows * width);
      this.done += rows;
    }
  }
}
