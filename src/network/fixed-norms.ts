import { product } from '../base/numbers';
import type { GraphBuilder } from '../graph/builder';
import type { Node } from '../graph/ops';
import { type FixedNorm, NORM_EPSILON, parameterSpecs } from './residual-unet';
import { type NetworkSpec, spansOf } from './spec';

/** The norms of a network in the order of their parameters, and the channels of each. */
export function normsOf(spec: NetworkSpec): { name: string; channels: number }[] {
  return parameterSpecs(spec).flatMap(({ name, shape: [channels] }) =>
    /\.norm\d\.weight$/.test(name) ? [{ name: name.slice(0, -'.weight'.length), channels }] : [],
  );
}

/** Length of the vector of a network's moments: of each norm the means of its channels, then their variances. */
export function momentCount(spec: NetworkSpec): number {
  return normsOf(spec).reduce((sum, { channels }) => sum + 2 * channels, 0);
}

/**
 * The norms of a network whose moments do not come from the image: y = (x - mean) / sqrt(variance + epsilon) * weight + bias.
 * @param parameters in the order of `parameterSpecs`
 * @param moments of {@link momentCount}
 */
export function fixNorms(spec: NetworkSpec, parameters: Float32Array, moments: Float32Array): Map<string, FixedNorm> {
  const places = new Map<string, number>();
  let offset = 0;
  for (const { name, shape } of parameterSpecs(spec)) {
    places.set(name, offset);
    offset += product(shape);
  }
  const fixed = new Map<string, FixedNorm>();
  let at = 0;
  for (const { name, channels } of normsOf(spec)) {
    const [weight, bias] = ['weight', 'bias'].map((part) => places.get(`${name}.${part}`) as number);
    const factor = new Float32Array(channels);
    const shift = new Float32Array(channels);
    for (let c = 0; c < channels; c++) {
      factor[c] = parameters[weight + c] / Math.sqrt(moments[at + channels + c] + NORM_EPSILON);
      shift[c] = parameters[bias + c] - moments[at + c] * factor[c];
    }
    fixed.set(name, { factor, shift });
    at += 2 * channels;
  }
  return fixed;
}

/**
 * The sums that moments are made of, [1, momentCount, 1, ...]: of each norm those of what goes into it, then those of the
 * squares.
 * @param inputs what goes into each norm, [1, c, (z,) y, x], by its name
 */
export function normSums(g: GraphBuilder, spec: NetworkSpec, inputs: ReadonlyMap<string, Node>): Node {
  const sums = normsOf(spec).flatMap(({ name }) => {
    const x = inputs.get(name) as Node;
    const axes = x.shape.map((_, axis) => axis).slice(2);
    return [g.sum(x, axes), g.sum(g.multiply(x, x), axes)];
  });
  return g.node('concat', sums, { axis: 1 });
}

/**
 * Moments from {@link normSums} of several windows of one shape.
 * @param sums added up over the windows
 * @param voxels of all windows
 */
export function momentsOf(spec: NetworkSpec, sums: Float64Array, voxels: number): Float32Array<ArrayBuffer> {
  const moments = new Float32Array(sums.length);
  const spans = spansOf(spec).map(product);
  let at = 0;
  for (const { name, channels } of normsOf(spec)) {
    const count = voxels / spans[Number(name.split('.')[1])];
    for (let c = 0; c < channels; c++) {
      const mean = sums[at + c] / count;
      moments[at + c] = mean;
      moments[at + channels + c] = Math.max(0, sums[at + channels + c] / count - mean * mean);
    }
    at += 2 * channels;
  }
  return moments;
}
