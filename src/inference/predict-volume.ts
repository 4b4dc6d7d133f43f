import { SegmenterError } from '../base/errors';
import type { WorkContext } from '../base/long-work';
import type { PredictionSession } from '../engines/engine';
import { count } from '../image/region';
import type { PlaneSource } from './cut-tile';
import { predictTiles } from './predict-tiles';
import type { OutputReading } from './probabilities';
import type { TilePlan } from './tiles';

interface PredictVolumeOptions extends WorkContext {
  /** tiles a call of the network (1) */
  batch?: number;
  /** average the predictions of all mirrorings (false) */
  mirror?: boolean;
  /** how the output is read (probabilities in channel 0) */
  output?: OutputReading;
  /** channels that are kept (1) */
  outputs?: number;
}

/**
 * Predicts an image in memory.
 * @param pixels normalised, C order over [c, z, y, x]
 * @param shape [c, z, y, x]
 * @param plan of the same [z, y, x]
 * @returns probabilities, C order over [z, y, x], or of several channels over [c, z, y, x]
 * @throws CancelledError; SegmenterError `engine` for outputs that are no probabilities
 */
export async function predictVolume(
  session: PredictionSession,
  pixels: Float32Array,
  shape: [c: number, z: number, y: number, x: number],
  plan: TilePlan,
  { batch = 1, mirror = false, output = {}, outputs = 1, signal, progress }: PredictVolumeOptions = {},
): Promise<Float32Array<ArrayBuffer>> {
  const [channels, sizeZ, sizeY, sizeX] = shape;
  if (pixels.length !== count(shape)) {
    throw new SegmenterError('internal', `pixels: expected ${count(shape)} values, got ${pixels.length}`);
  }
  const planned = [plan.z.size, plan.y.size, plan.x.size];
  if (planned.join() !== [sizeZ, sizeY, sizeX].join()) {
    throw new SegmenterError(
      'internal',
      `tile plan: expected one for ${[sizeZ, sizeY, sizeX]}, got one for ${planned}`,
    );
  }
  const planePixels = sizeY * sizeX;
  const source: PlaneSource = {
    firstRow: 0,
    firstColumn: 0,
    width: sizeX,
    plane(channel, z) {
      const start = (channel * sizeZ + z) * planePixels;
      return pixels.subarray(start, start + planePixels);
    },
  };
  const result = new Float32Array(outputs * sizeZ * planePixels);
  const done = Array.from({ length: outputs }, (_, channel) => channel * sizeZ * planePixels);
  await predictTiles(
    { session, plan, channels, output, outputs, batch, mirror, signal, progress },
    () => source,
    (rows, channel) => {
      result.set(rows, done[channel]);
      done[channel] += rows.length;
    },
  );
  return result;
}
