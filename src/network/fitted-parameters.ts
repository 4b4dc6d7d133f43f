import { product } from '../base/numbers';
import { initialParameters } from './initial-parameters';
import { parameterSpecs } from './residual-unet';
import type { NetworkSpec, ParameterSpec } from './spec';

/** A network with its weights. */
export interface Weights {
  spec: NetworkSpec;
  /** all of them in the order of `parameterSpecs` */
  parameters: Float32Array;
}

/**
 * Gives a network the weights of one that has fewer levels, or other strides, kernels, channels or outputs. What is 1 wide along an axis gets
 * the sum of a kernel of 3, which answers the same where the image does not change along it; of a transposed convolution that
 * does not double an axis the mean, and where only this one does, the same twice. Several channels share what one had. What the other lacks (coarser levels, outputs
 * beyond the foreground) starts as `initialParameters` does.
 * @returns all parameters in the order of `parameterSpecs(spec)`; null: they do not fit ({@link isFitting})
 */
export function fittedParameters(known: Weights, spec: NetworkSpec, seed: number): Float32Array | null {
  if (!isFitting(known, spec)) return null;
  const found = new Map(parts(known.spec, known.parameters).map((part) => [part.name, part]));
  const parameters = initialParameters(spec, seed);
  for (const part of parts(spec, parameters)) {
    const from = found.get(part.name);
    if (from) narrow(from, part);
  }
  return parameters;
}

/** Tells whether a network can get these weights: it has the same dimensions and feature maps, and maybe more levels. */
export function isFitting({ spec: known }: Pick<Weights, 'spec'>, spec: NetworkSpec): boolean {
  return known.dimensions === spec.dimensions && known.filters.every((count, level) => count === spec.filters[level]);
}

interface Part extends ParameterSpec {
  values: Float32Array;
}

function parts(spec: NetworkSpec, parameters: Float32Array): Part[] {
  let offset = 0;
  return parameterSpecs(spec).map(({ name, shape }) => {
    const values = parameters.subarray(offset, offset + product(shape));
    offset += values.length;
    return { name, shape, values };
  });
}

/** Writes what one parameter says into another of its name. */
function narrow(from: Part, to: Part): void {
  if (to.name.startsWith('head.')) {
    const rows = Math.min(from.shape[0], to.shape[0]);
    to.values.set(from.values.subarray(0, (rows * from.values.length) / from.shape[0]));
    return;
  }
  const wanted = to.shape.slice(2);
  const narrowed = otherKernels(from, wanted, to.name.startsWith('up.'));
  const shared = from.shape.length > 1 && from.shape[1] === 1 ? to.shape[1] : 1;
  const size = product(wanted);
  for (let i = 0; i < to.values.length; i++) {
    const [kernelIndex, within] = [Math.floor(i / size), i % size];
    to.values[i] = narrowed[Math.floor(kernelIndex / shared) * size + within] / shared;
  }
}

/** Each kernel with other widths: an axis of 1 has the sum over what was wider, or the mean; an axis of more repeats what was 1. */
function otherKernels({ shape, values }: Part, wanted: readonly number[], isMean: boolean): Float32Array {
  const kernel = shape.slice(2);
  const [before, after] = [product(kernel), product(wanted)];
  const joined = kernel.reduce((all, width, axis) => all * (wanted[axis] < width ? width : 1), 1);
  const share = isMean ? joined : 1;
  const out = new Float32Array((values.length / before) * after);
  const both = kernel.map((width, axis) => Math.max(width, wanted[axis]));
  const each = product(both);
  for (let first = 0, to = 0; first < values.length; first += before, to += after) {
    for (let i = 0; i < each; i++) out[to + flatAt(i, both, wanted)] += values[first + flatAt(i, both, kernel)] / share;
  }
  return out;
}

/** The index, in an array of other sizes, of an element of one of `sizes`; on axes of 1 all elements are one. */
function flatAt(index: number, sizes: readonly number[], others: readonly number[]): number {
  let [rest, flat, step] = [index, 0, 1];
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    if (others[axis] > 1) flat += step * (rest % sizes[axis]);
    step *= others[axis];
    rest = Math.floor(rest / sizes[axis]);
  }
  return flat;
}
