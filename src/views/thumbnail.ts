import sharp from 'sharp';
import { InvalidInputError, throwIfCancelled } from '../base/errors';
import type { ImageReader } from '../formats';
import { BAND_PIXELS, bandRows, planeBands } from '../image/bands';
import type { PixelArray } from '../image/dtype';

/** Share of the pixels that may be darker or lighter than what is shown black and white. */
const CLIPPED = 0.005;
/** Pixels that the limits of the grey scale are taken from. */
const SAMPLE = 2 ** 18;
/** Longer side of a rendering. */
const MAX_SIZE = 2048;

interface Plane {
  pixels: PixelArray;
  width: number;
  height: number;
}

/**
 * Renders an image as a PNG: its first time point and channel, of a stack the maximum along z, of a raw stack the middle plane.
 * Probabilities go from 0 black to 1 white, masks and labels from 0 to their largest value, others between percentiles.
 * A plane of more pixels than a band is made smaller as it is read, by means of squares.
 */
export async function renderThumbnail(
  reader: ImageReader,
  role: string,
  signal: AbortSignal,
  bandPixels = BAND_PIXELS,
): Promise<Buffer> {
  const [, , depth, height, width] = reader.shape;
  const middle = Math.floor(depth / 2);
  const range: [number, number] = role === 'raw' ? [middle, middle + 1] : [0, depth];
  const whole = height * width <= bandPixels;
  const plane = whole
    ? { pixels: await project(reader, range, 0, height, signal), width, height }
    : await shrunk(reader, range, bandPixels, signal);
  const [low, high] = limits(plane.pixels, role, reader.desc.scale ?? 1);
  return planeToPng(plane.pixels, plane.width, plane.height, { low, high, maxSize: MAX_SIZE });
}

/** Rows of the maximum along z of planes first to before end. */
async function project(
  reader: ImageReader,
  [first, end]: [number, number],
  y: number,
  rows: number,
  signal: AbortSignal,
): Promise<PixelArray> {
  const read = (z: number) => reader.readRows({ t: 0, c: 0, z, y, rows }, { signal });
  let highest = await read(first);
  if (end - first > 1) highest = highest.slice();
  for (let z = first + 1; z < end; z++) {
    throwIfCancelled(signal, 'rendering');
    const plane = await read(z);
    for (let i = 0; i < plane.length; i++) if (plane[i] > highest[i]) highest[i] = plane[i];
  }
  return highest;
}

/** The plane as means of k x k pixels, k the smallest that leaves at least twice the pixels that are shown. */
async function shrunk(
  reader: ImageReader,
  range: [number, number],
  bandPixels: number,
  signal: AbortSignal,
): Promise<Plane> {
  const [, , , height, width] = reader.shape;
  const k = Math.max(1, Math.floor(Math.max(height, width) / (2 * MAX_SIZE)));
  const small = { width: Math.ceil(width / k), height: Math.ceil(height / k) };
  const sums = new Float64Array(small.width * small.height);
  const rows = bandRows(reader.shape, [reader.block[3]], bandPixels);
  for (const band of planeBands(height, rows)) {
    const pixels = await project(reader, range, band.y, band.rows, signal);
    for (let y = 0; y < band.rows; y++) {
      const row = Math.floor((band.y + y) / k) * small.width;
      for (let square = 0, i = y * width; square < small.width; square++) {
        let sum = 0;
        for (const end = Math.min(i + k, (y + 1) * width); i < end; i++) sum += pixels[i];
        sums[row + square] += sum;
      }
    }
  }
  const inSquare = (at: number, size: number) => Math.min(k, size - at * k);
  const means = new Float32Array(sums.length);
  for (let i = 0; i < means.length; i++) {
    const [x, y] = [i % small.width, Math.floor(i / small.width)];
    means[i] = sums[i] / (inSquare(x, width) * inSquare(y, height));
  }
  return { pixels: means, ...small };
}

function limits(plane: PixelArray, role: string, scale: number): [low: number, high: number] {
  if (role === 'probability') return [0, 1 / scale];
  const step = Math.max(1, Math.ceil(plane.length / SAMPLE));
  const values = new Float64Array(Math.ceil(plane.length / step));
  for (let i = 0; i < values.length; i++) values[i] = plane[i * step];
  if (role !== 'raw') return [0, values.reduce((most, value) => Math.max(most, value), 1)];
  // NaN sorts last.
  const finite = values
    .sort()
    .subarray(0, values.length - values.reduce((n, value) => n + (Number.isNaN(value) ? 1 : 0), 0));
  const at = (share: number) => finite[Math.round(share * (finite.length - 1))] ?? 0;
  return [at(CLIPPED), at(1 - CLIPPED)];
}

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

/** Scales values to 0..255, rounded; below `low` 0, above `high` 255, NaN 0. Equal limits make a step. */
export function scaleToBytes(plane: PixelArray, low: number, high: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8ClampedArray(plane.length);
  const factor = 255 / (high - low || Number.MIN_VALUE);
  for (let i = 0; i < plane.length; i++) out[i] = (plane[i] - low) * factor;
  return new Uint8Array(out.buffer);
}
