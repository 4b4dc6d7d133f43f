import { SegmenterError } from '../base/errors';
import { product } from '../base/numbers';
import { divisors, type NetworkSpec } from '../network/spec';
import type { TrainingOptions } from './engine';

/**
 * The shape [n, c, (z,) y, x] of one part of a batch.
 * @param name of the part: input, target, weight
 * @throws SegmenterError `internal` where it has another number of values
 */
export function batchShape(
  name: string,
  { length }: Float32Array,
  channels: number,
  { batchSize, patch }: Pick<TrainingOptions, 'batchSize' | 'patch'>,
): number[] {
  const shape = [batchSize, channels, ...patch];
  const expected = product(shape);
  if (length === expected) return shape;
  const message = `batch.${name}: expected ${expected} values for [${shape}], got ${length}`;
  throw new SegmenterError('internal', message);
}

/**
 * Makes sure that a network of ours takes images of this shape, [n, c, (z,) y, x].
 * @throws SegmenterError `engine`
 */
export function requireImageShape(spec: NetworkSpec, { length }: Float32Array, shape: readonly number[]): void {
  const { dimensions, inChannels } = spec;
  const units = divisors(spec).slice(3 - dimensions);
  const [, channels, ...size] = shape;
  const fits =
    channels === inChannels && size.length === dimensions && size.every((s, axis) => s > 0 && s % units[axis] === 0);
  if (fits && length === product(shape)) return;
  const axes = ['z', 'y', 'x'].slice(-dimensions).join(', ');
  const expected = `[n, ${inChannels}, ${axes}] with ${axes} multiples of ${[...new Set(units)].length === 1 ? units[0] : units.join(', ')}`;
  const message = `prediction of [${shape}] with ${length} values: expected ${expected}`;
  throw new SegmenterError('engine', message, { shape });
}

/**
 * Makes sure that what a model of someone else's made of images, [n, c, (z,) y, x], has their pixels: as many values in another shape
 * would be another picture.
 * @throws SegmenterError `engine`
 */
export function requireSamePixels(made: readonly number[], shape: readonly number[]): void {
  if (made.length === shape.length && made.every((size, axis) => axis === 1 || size === shape[axis])) return;
  const expected = shape.map((size, axis) => (axis === 1 ? 'any' : size)).join(', ');
  const message = `prediction of [${shape.join(', ')}]: the model makes [${made.join(', ')}], expected [${expected}]`;
  throw new SegmenterError('engine', message, { shape, made });
}
