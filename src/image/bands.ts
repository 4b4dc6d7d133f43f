import type { Shape5 } from './region';

/** Some whole rows of one plane of an image. */
export interface Band {
  t: number;
  c: number;
  z: number;
  /** the first row */
  y: number;
  rows: number;
}

/** A plane of at most so many pixels is one band; a larger one is cut into bands of about as many. */
export const BAND_PIXELS = 2 ** 24;
/** A row of stored blocks may have so many times more, for what is cut across is decoded again, or must be kept. */
const BLOCK_ROW = 4;

/**
 * Chooses how many rows the bands of an image have: all of a plane where that is small, else whole rows of stored
 * blocks as far as these are not too large themselves.
 * @param blockHeights rows of a stored block of each image that is gone through
 * @param pixels of a band, about
 */
export function bandRows(
  [, , , height, width]: Readonly<Shape5>,
  blockHeights: readonly number[],
  pixels = BAND_PIXELS,
): number {
  if (height * width <= pixels) return height;
  const block = Math.min(height, Math.max(1, ...blockHeights));
  const blocks = Math.floor(pixels / (block * width));
  if (blocks >= 1) return blocks * block;
  return block * width <= BLOCK_ROW * pixels ? block : Math.max(1, Math.floor(pixels / width));
}

/** Goes through the bands of one plane, from the first row on; the last may have fewer rows. */
export function* planeBands(height: number, rows: number): Generator<{ y: number; rows: number }> {
  for (let y = 0; y < height; y += rows) yield { y, rows: Math.min(rows, height - y) };
}

/** Goes through the bands of an image in the order it is written: y fastest, then z, c, t. */
export function* imageBands([times, channels, depth, height]: Readonly<Shape5>, rows: number): Generator<Band> {
  for (let t = 0; t < times; t++) {
    for (let c = 0; c < channels; c++) {
      for (let z = 0; z < depth; z++) {
        for (const band of planeBands(height, rows)) yield { t, c, z, ...band };
      }
    }
  }
}

/**
 * Goes through the bands in which the scale of one channel at one time point is measured, in training as in prediction:
 * other bands add up in another order, and what is trained on would not be what is predicted on.
 */
export function* scaleBands([, , depth, height, width]: Readonly<Shape5>): Generator<{
  z: number;
  y: number;
  rows: number;
}> {
  const shape: Shape5 = [1, 1, depth, height, width];
  for (const { z, y, rows } of imageBands(shape, bandRows(shape, []))) yield { z, y, rows };
}

/** Counts the bands of an image. */
export function bandCount([times, channels, depth, height]: Readonly<Shape5>, rows: number): number {
  return times * channels * depth * Math.ceil(height / rows);
}
