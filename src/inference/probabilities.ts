import { SegmenterError } from '../base/errors';
import type { ModelCard } from '../models/card';

/** How a model's output is read. */
export type OutputReading = Pick<ModelCard['output'], 'activation' | 'channel'>;

/** Rounding may carry a probability this far out of [0, 1]; anything more is no probability. */
const ROUNDING = 1e-5;

/**
 * Reads the probabilities of one structure in a network's output.
 * @param output [n, k, (z,) y, x]
 * @param pixels of one tile
 * @returns [n, (z,) y, x], each value in [0, 1]
 * @throws SegmenterError `engine` where the output has another size, lacks the card's channel, or holds NaN or
 *   values that are no probabilities
 */
export function readProbabilities(
  output: Float32Array,
  items: number,
  pixels: number,
  reading: OutputReading,
): Float32Array {
  const channels = output.length / (items * pixels);
  if (!Number.isInteger(channels) || channels < 1) {
    throw engineError(`the model returned ${output.length} values for ${items} tiles of ${pixels} pixels`);
  }
  const channel = reading.channel ?? 0;
  if (channel >= channels) {
    throw engineError(
      `the model's output has ${channels} channels, its card names channel ${channel} (counted from 0)`,
    );
  }
  const activation = reading.activation ?? 'none';
  const chosen = channels === 1 ? output : new Float32Array(items * pixels);
  if (activation === 'softmax') softmax(output, items, channels, channel, pixels, chosen);
  else if (channels > 1) {
    for (let item = 0; item < items; item++) {
      const from = (item * channels + channel) * pixels;
      chosen.set(output.subarray(from, from + pixels), item * pixels);
    }
  }
  if (activation === 'sigmoid') for (let i = 0; i < chosen.length; i++) chosen[i] = 1 / (1 + Math.exp(-chosen[i]));
  checkRange(chosen);
  return chosen;
}

/**
 * Reads all channels of the output of a network that tells objects apart.
 * @param output [n, channels, (z,) y, x]
 * @param pixels of one tile
 * @returns the output, each value in [0, 1]
 * @throws SegmenterError `engine` where the output has another size, or holds NaN or values beyond [0, 1]
 */
export function readChannels(output: Float32Array, items: number, pixels: number, channels: number): Float32Array {
  if (output.length !== items * channels * pixels) {
    const expected = `${channels} channels for each of ${items} tiles of ${pixels} pixels`;
    throw engineError(`the model returned ${output.length} values, expected ${expected}`);
  }
  checkRange(output);
  return output;
}

/** exp(v_c) / sum_k exp(v_k), the largest v taken off first so that no exponential overflows. */
function softmax(
  output: Float32Array,
  items: number,
  channels: number,
  channel: number,
  pixels: number,
  target: Float32Array,
): void {
  for (let item = 0; item < items; item++) {
    for (let i = 0; i < pixels; i++) {
      const first = item * channels * pixels + i;
      let most = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < channels; k++) most = Math.max(most, output[first + k * pixels]);
      let sum = 0;
      for (let k = 0; k < channels; k++) sum += Math.exp(output[first + k * pixels] - most);
      target[item * pixels + i] = Math.exp(output[first + channel * pixels] - most) / sum;
    }
  }
}

function checkRange(values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value >= 0 && value <= 1) continue;
    if (Number.isNaN(value)) throw engineError('the model returned NaN (not a number); do the pixels hold NaN?');
    if (value < -ROUNDING || value > 1 + ROUNDING) {
      throw engineError(
        `the model returned ${value}, expected a probability from 0 to 1; if it returns logits, say so with output.activation in its card`,
      );
    }
    values[i] = value < 0 ? 0 : 1;
  }
}

function engineError(message: string): SegmenterError {
  return new SegmenterError('engine', message);
}
