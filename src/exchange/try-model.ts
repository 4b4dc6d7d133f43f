import { SegmenterError, UnsupportedError } from '../base/errors';
import { product } from '../base/numbers';
import type { Engine } from '../engines/engine';
import type { ModelCard } from '../models/card';
import type { CardFields } from '../models/publish';
import type { Tolerance } from './bioimageio/package-model';
import { normalised } from './normalised';
import { runGraph } from './run-graph';

/** Test tensors of a package, [n, c, (z,) y, x]. */
export interface TestTensors {
  input: { values: Float32Array<ArrayBuffer>; shape: number[] };
  output: { values: Float32Array<ArrayBuffer>; shape: number[] };
  /** where the output is a mask; null: it holds what the activation gives */
  threshold: number | null;
  tolerance: Tolerance;
}

/**
 * Runs a package's test input and compares what comes out with its test output.
 * @returns the largest difference, and how many values were compared
 * @throws SegmenterError `engine` where more values differ than the package tolerates, saying how many and how far
 */
export async function runTest(
  engine: Engine,
  bytes: Uint8Array,
  card: CardFields,
  { input, output, threshold, tolerance }: TestTensors,
  file: string,
): Promise<{ difference: number; values: number }> {
  const [items, channels, ...size] = input.shape;
  const length = channels * product(size);
  const given = new Float32Array(input.values.length);
  for (let item = 0; item < items; item++) {
    const image = input.values.subarray(item * length, (item + 1) * length);
    given.set(await normalised(image, channels, card.normalisation, 'the test image'), item * length);
  }
  const raw = await runGraph(engine, bytes, given, input.shape);
  if (raw.length !== output.values.length) {
    throw new UnsupportedError(
      file,
      `its test output has ${output.values.length} values, ONNX Runtime made ${raw.length}`,
    );
  }
  const found = activated(raw, card.output.activation ?? 'none', output.shape);
  const made = threshold === null ? found : found.map((value) => (value > threshold ? 1 : 0));
  let [difference, others] = [0, 0];
  for (let i = 0; i < made.length; i++) {
    const expected = output.values[i];
    const off = Math.abs(made[i] - expected);
    // Not a number is as far off as can be.
    if (!(off <= difference)) difference = off;
    if (!(off <= tolerance.absolute + tolerance.relative * Math.abs(expected))) others++;
  }
  const most = (tolerance.perMillion * made.length) / 1e6;
  if (others > most) {
    const allowed = `${tolerance.absolute} + ${tolerance.relative} x the value at ${Math.floor(most)} values at most`;
    throw new SegmenterError(
      'engine',
      `${file}: its test output is not what ONNX Runtime makes of its test input: ${others} of ${made.length} values differ, by ${difference} at most; expected no more than ${allowed}`,
      { others, difference },
    );
  }
  return { difference, values: made.length };
}

/**
 * Runs a model of which there is no test on an image of its own tile's size, to know that it runs.
 * @throws UnsupportedError where it gives another size than it was given, or no probabilities
 */
export async function runOnce(
  engine: Engine,
  bytes: Uint8Array,
  card: CardFields,
  image: Float32Array<ArrayBuffer>,
  shape: number[],
  file: string,
): Promise<{ channels: number }> {
  const [, channels, ...size] = shape;
  const given = await normalised(image, channels, card.normalisation, 'the test image');
  const output = await runGraph(engine, bytes, given, shape);
  const pixels = product(size);
  const count = output.length / pixels;
  if (!Number.isInteger(count) || count < 1) {
    throw new UnsupportedError(
      file,
      `of ${size.join(' x ')} pixels it makes ${output.length} values; expected one for each pixel and channel`,
    );
  }
  if ((card.output.activation ?? 'none') === 'none') {
    const [low, high] = [output.reduce((a, b) => Math.min(a, b)), output.reduce((a, b) => Math.max(a, b))];
    if (!(low >= -1e-5 && high <= 1 + 1e-5)) {
      throw new UnsupportedError(
        file,
        `its output goes from ${low} to ${high}; expected probabilities from 0 to 1: where it gives logits, say the activation sigmoid or softmax`,
      );
    }
  }
  return { channels: count };
}

/** What becomes of all channels. @param shape [n, c, ...] */
function activated(
  output: Float32Array,
  activation: NonNullable<ModelCard['output']['activation']>,
  [items, channels, ...size]: number[],
): Float32Array {
  if (activation === 'sigmoid') return output.map((value) => 1 / (1 + Math.exp(-value)));
  if (activation === 'none') return output;
  const pixels = product(size);
  const result = new Float32Array(output.length);
  for (let item = 0; item < items; item++) {
    for (let i = 0; i < pixels; i++) {
      const first = item * channels * pixels + i;
      let [most, sum] = [Number.NEGATIVE_INFINITY, 0];
      for (let c = 0; c < channels; c++) most = Math.max(most, output[first + c * pixels]);
      for (let c = 0; c < channels; c++) sum += Math.exp(output[first + c * pixels] - most);
      for (let c = 0; c < channels; c++) result[first + c * pixels] = Math.exp(output[first + c * pixels] - most) / sum;
    }
  }
  return result;
}
