import { InvalidInputError } from '../base/errors';
import { product } from '../base/numbers';
import { parameterSpecs } from './residual-unet';
import type { NetworkSpec, ParameterSpec } from './spec';

/** Largest value of a byte on either side of 0. */
const MOST = 127;
const SCALE_BYTES = 4;

/**
 * Packs weights to be begun with, a byte each: every row of a convolution (its first axis) as multiples of a 127th of its largest
 * value, after that as little-endian float32; norms and biases as float32. Off by 0.4 % of a row's largest at most.
 * @param parameters in the order of `parameterSpecs`
 */
export function packWeights(spec: NetworkSpec, parameters: Float32Array): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(packedBytes(spec));
  const view = new DataView(packed.buffer);
  let [offset, at] = [0, 0];
  for (const part of parameterSpecs(spec)) {
    for (const length of rowsOf(part)) {
      const row = parameters.subarray(offset, offset + length);
      offset += length;
      if (isExact(part)) {
        for (const value of row) at = putFloat(view, at, value);
        continue;
      }
      const largest = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      at = putFloat(view, at, largest);
      for (const value of row) view.setInt8(at++, largest > 0 ? Math.round((MOST * value) / largest) : 0);
    }
  }
  return packed;
}

/**
 * Unpacks what {@link packWeights} wrote for the same network.
 * @throws InvalidInputError naming the numbers of bytes, where these are of another network
 */
export function unpackWeights(spec: NetworkSpec, packed: Uint8Array): Float32Array<ArrayBuffer> {
  const expected = packedBytes(spec);
  if (packed.length !== expected) throw new InvalidInputError('packed weights', `${expected} bytes`, packed.length);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  const all = parameterSpecs(spec);
  const parameters = new Float32Array(all.reduce((sum, { shape }) => sum + product(shape), 0));
  let [offset, at] = [0, 0];
  for (const part of all) {
    for (const length of rowsOf(part)) {
      const largest = isExact(part) ? 0 : view.getFloat32(at, true);
      if (!isExact(part)) at += SCALE_BYTES;
      for (let i = 0; i < length; i++) {
        parameters[offset++] = isExact(part) ? view.getFloat32(at, true) : (view.getInt8(at) * largest) / MOST;
        at += isExact(part) ? SCALE_BYTES : 1;
      }
    }
  }
  return parameters;
}

function packedBytes(spec: NetworkSpec): number {
  return parameterSpecs(spec).reduce((sum, part) => {
    const values = product(part.shape);
    return sum + (isExact(part) ? SCALE_BYTES * values : SCALE_BYTES * part.shape[0] + values);
  }, 0);
}

/** Lengths of what shares a scale. */
function rowsOf({ shape }: ParameterSpec): number[] {
  return new Array<number>(shape[0]).fill(product(shape.slice(1)));
}

/** Norms and biases are few, and all of one size. */
function isExact({ shape }: ParameterSpec): boolean {
  return shape.length === 1;
}

function putFloat(view: DataView, at: number, value: number): number {
  view.setFloat32(at, value, true);
  return at + SCALE_BYTES;
}
