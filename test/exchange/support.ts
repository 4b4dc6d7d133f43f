import { createHash } from 'node:crypto';
import { Random } from '../../src/base/random';
import type { Engine } from '../../src/engines/engine';
import { onnxOnCpu } from '../../src/engines/onnx/cpu';
import { onnxRuntime } from '../../src/engines/onnx/session';
import type { Shape5 } from '../../src/image/region';
import { predictImage } from '../../src/inference/predict-image';
import type { ModelCard } from '../../src/models/card';
import { buildPredictor, divisor, initialParameters, momentCount, type NetworkSpec } from '../../src/network';
import { OBJECT_MAPS } from '../../src/objects/settings';
import { takeImage } from '../../src/simulation/microscope';
import { placeNuclei } from '../../src/simulation/nuclei';
import { NUCLEI_2D } from '../../src/simulation/sample-sets';
import { MemoryReader } from '../inference/support';
import { modelCard } from '../models/support';

/** A network with random weights, its card and its `model.onnx`. */
export interface TestModel {
  card: ModelCard;
  onnx: Uint8Array;
}

export function testModel(spec: NetworkSpec, patch: number[], changes: Partial<ModelCard> = {}): TestModel {
  const random = new Random(14);
  const parameters = Float32Array.from(initialParameters(spec, 14), (p) => p + 0.1 * random.normal());
  const moments = Float32Array.from({ length: momentCount(spec) }, () => 0.5 + random.range(0, 1));
  const onnx = buildPredictor(spec, parameters, undefined, changes.norms === 'training' ? { moments } : {});
  const [z, y, x] = patch.length === 3 ? patch : [null, ...patch];
  const { dimensions, inChannels: _, outChannels, ...form } = spec;
  const card = modelCard({
    dimensions,
    architecture: { type: 'residual-unet', ...form } as ModelCard['architecture'],
    channels: Array.from({ length: spec.inChannels }, (_, index) => ({ index, name: ['dna', 'actin', 'er'][index] })),
    patch: { z, y: y as number, x: x as number },
    divisor: divisor(spec),
    pixelSize: { z: dimensions === 3 ? 1 : null, y: 0.5, x: 0.5 },
    normalisation: { method: 'background-contrast' },
    sha256: createHash('sha256').update(onnx).digest('hex'),
    ...(outChannels === 3 ? { outputs: [...OBJECT_MAPS] as [...typeof OBJECT_MAPS] } : {}),
    ...changes,
  });
  return { card, onnx };
}

/** Simulated nuclei, each channel others. @param size [z, y, x] */
export function testImage(channels: number, size: [number, number, number]): MemoryReader {
  const shape: Shape5 = [1, channels, ...size];
  const pixels = new Uint16Array(channels * size[0] * size[1] * size[2]);
  for (let channel = 0; channel < channels; channel++) {
    const seed = 31 + channel;
    const placed = placeNuclei({ size, nuclei: 12, radius: [5, 9], planeDistance: 2, seed });
    const taken = takeImage(placed.density, placed.shape, { ...NUCLEI_2D.microscope, unevenness: 0.2, seed });
    pixels.set(taken, channel * taken.length);
  }
  return new MemoryReader(pixels, shape, 'uint16');
}

let engine: Promise<Engine> | null = null;
export function testEngine(): Promise<Engine> {
  engine ??= onnxOnCpu.open({ threads: 1, precision: 'float32' });
  return engine;
}

/** What predict makes of an image, C order over [channels, z, y, x]. */
export async function predicted({ card, onnx }: TestModel, reader: MemoryReader): Promise<Float32Array> {
  const session = await (await testEngine()).createPrediction(onnx);
  const parts: Float32Array[] = [];
  await predictImage({
    ...{ image: reader.description(), reader, card, session, overlap: 0.25, memoryMB: 0 },
    write: async (rows) => {
      parts.push(Float32Array.from(rows));
    },
  });
  await session.dispose();
  return Float32Array.from(parts.flatMap((part) => Array.from(part)));
}

/** Runs an ONNX model with ONNX Runtime alone. */
export async function runAlone(
  bytes: Uint8Array,
  pixels: Float32Array,
  shape: readonly number[],
): Promise<{ data: Float32Array; dims: readonly number[]; inputs: readonly string[]; outputs: readonly string[] }> {
  const { InferenceSession, Tensor } = onnxRuntime();
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const { inputNames: inputs, outputNames: outputs } = session;
  const results = await session.run({ [inputs[0]]: new Tensor('float32', pixels, shape) });
  const { data, dims } = results[outputs[0]];
  await session.release();
  return { data: data as Float32Array, dims, inputs, outputs };
}

/** The share of pixels that lie on the other side of the threshold. */
export function differing(a: ArrayLike<number>, b: ArrayLike<number>, threshold: number): number {
  let others = 0;
  for (let i = 0; i < a.length; i++) if (a[i] > threshold !== b[i] > threshold) others++;
  return others / a.length;
}

/** The middle of the two values that half of the others lie below: none lies on it. */
export function medianOf(values: Float32Array): number {
  const sorted = values.slice().sort();
  const middle = sorted.length >> 1;
  return (sorted[middle - 1] + sorted[middle]) / 2;
}
