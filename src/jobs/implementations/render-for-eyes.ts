import { throwIfCancelled } from '../../base/errors';
import { type ImageReader, renderPreview } from '../../formats';
import type { PixelArray } from '../../image/dtype';
import { readPlane } from './planes';

/** Share of the pixels that may be darker or lighter than what is shown black and white. */
const CLIPPED = 0.005;
/** Pixels that the limits of the grey scale are taken from. */
const SAMPLE = 2 ** 18;
/** Longer side of a rendering. */
const MAX_SIZE = 2048;

/**
 * An image as a PNG: its first time point and channel, of a stack the maximum along z, of a raw stack the middle plane.
 * Probabilities go from 0 black to 1 white, masks and labels from 0 to their largest value, others between percentiles.
 */
export async function renderForEyes(reader: ImageReader, role: string, signal: AbortSignal): Promise<Buffer> {
  const [, , depth, height, width] = reader.shape;
  const plane =
    role === 'raw'
      ? await readPlane(reader, { t: 0, c: 0, z: Math.floor(depth / 2) }, signal)
      : await project(reader, signal);
  const [low, high] = limits(plane, role, reader.desc.scale ?? 1);
  return renderPreview(plane, width, height, { low, high, maxSize: MAX_SIZE });
}

async function project(reader: ImageReader, signal: AbortSignal): Promise<PixelArray> {
  const [, , depth] = reader.shape;
  const highest = (await readPlane(reader, { t: 0, c: 0, z: 0 }, signal)).slice();
  for (let z = 1; z < depth; z++) {
    throwIfCancelled(signal, 'rendering');
    const plane = await readPlane(reader, { t: 0, c: 0, z }, signal);
    for (let i = 0; i < plane.length; i++) if (plane[i] > highest[i]) highest[i] = plane[i];
  }
  return highest;
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
