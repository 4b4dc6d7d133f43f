import { product } from '../base/numbers';
import type { GraphBuilder } from '../graph/builder';
import type { Node } from '../graph/ops';
import { kernelsOf, type NetworkSpec, outputsOf, type ParameterSpec, stridesOf } from './spec';

const LEAKY_SLOPE = 0.01;
export const NORM_EPSILON = 1e-5;

/** Gives the node of a parameter by its name. */
export type Parameters = (name: string) => Node;

/** What a norm does where its moments are known: x becomes x * factor + shift, a number of each for a channel. */
export interface FixedNorm {
  factor: Float32Array<ArrayBuffer>;
  shift: Float32Array<ArrayBuffer>;
}

/** What becomes of norms, by their names: `encoder.0.norm1`. */
export interface NormOptions {
  /** those whose moments do not come from the image */
  fixed?: ReadonlyMap<string, FixedNorm>;
  /** gets what goes into each */
  inputs?: Map<string, Node>;
}

/**
 * The residual U-Net of MONAI's DynUNet with `res_block=True` (which Segmenter ML trains), as a graph.
 * Encoder level: two convolutions of the level's widths with instance norm, the first with its strides; the skip is a
 * width-1 convolution with instance norm where the shape changes; their sum; leaky ReLU after the first norm and the
 * sum. Decoder level: transposed convolution, concatenation (upsampled first, then the skip), two convolutions of the
 * level's widths with instance norm and leaky ReLU. Head: width-1 convolution with bias.
 * @param x [n, c, (z,) y, x], sizes multiples of `divisors(spec)`
 * @returns logits [n, 1 or 3, (z,) y, x]
 */
export function residualUnet(
  g: GraphBuilder,
  spec: NetworkSpec,
  parameter: Parameters,
  x: Node,
  { fixed, inputs }: NormOptions = {},
): Node {
  const convNorm = (input: Node, block: string, index: number, strides: number[]): Node => {
    const convolved = g.node('conv', [input, parameter(`${block}.conv${index}.weight`)], { strides });
    const norm = `${block}.norm${index}`;
    inputs?.set(norm, convolved);
    const known = fixed?.get(norm);
    if (known) return affine(g, convolved, known);
    const scaled = [parameter(`${norm}.weight`), parameter(`${norm}.bias`)];
    return g.node('instanceNorm', [convolved, ...scaled], { epsilon: NORM_EPSILON });
  };
  const activate = (input: Node): Node => g.node('leakyRelu', [input], { slope: LEAKY_SLOPE });

  const every = stridesOf(spec);
  const one = every[0].map(() => 1);
  const skips: Node[] = [];
  let y = x;
  spec.filters.forEach((_, level) => {
    const block = `encoder.${level}`;
    const strides = every[level];
    const skip = hasProjection(spec, level) ? convNorm(y, block, 3, strides) : y;
    y = activate(g.add(convNorm(activate(convNorm(y, block, 1, strides)), block, 2, one), skip));
    skips.push(y);
  });
  for (let level = spec.filters.length - 2; level >= 0; level--) {
    const block = `decoder.${level}`;
    const up = g.node('upConv', [y, parameter(`up.${level}.weight`)], {});
    y = g.node('concat', [up, skips[level]], { axis: 1 });
    y = activate(convNorm(activate(convNorm(y, block, 1, one)), block, 2, one));
  }
  const logits = g.node('conv', [y, parameter('head.weight')], { strides: one });
  return g.add(logits, g.reshape(parameter('head.bias'), [1, outputsOf(spec), ...x.shape.slice(2).map(() => 1)]));
}

function affine(g: GraphBuilder, x: Node, { factor, shift }: FixedNorm): Node {
  const shape = x.shape.map((n, axis) => (axis === 1 ? n : 1));
  const constant = (data: Float32Array<ArrayBuffer>) => g.node('constant', [], { data, shape });
  return g.add(g.multiply(x, constant(factor)), constant(shift));
}

/** Name and shape of every parameter, in the order of the flat parameter vector. */
export function parameterSpecs(spec: NetworkSpec): ParameterSpec[] {
  const { filters, inChannels, dimensions } = spec;
  const kernels = kernelsOf(spec);
  const strides = stridesOf(spec);
  const point = new Array<number>(dimensions).fill(1);
  const convNorm = (block: string, index: number, out: number, input: number, kernel: number[]): ParameterSpec[] => [
    { name: `${block}.conv${index}.weight`, shape: [out, input, ...kernel] },
    { name: `${block}.norm${index}.weight`, shape: [out] },
    { name: `${block}.norm${index}.bias`, shape: [out] },
  ];
  const encoder = filters.flatMap((out, level) => {
    const input = level === 0 ? inChannels : filters[level - 1];
    return [
      ...convNorm(`encoder.${level}`, 1, out, input, kernels[level]),
      ...convNorm(`encoder.${level}`, 2, out, out, kernels[level]),
      ...(hasProjection(spec, level) ? convNorm(`encoder.${level}`, 3, out, input, point) : []),
    ];
  });
  const coarser = filters.slice(1).map((out, level) => ({ fine: filters[level], coarse: out, level }));
  const up = coarser.map(({ fine, coarse, level }) => ({
    name: `up.${level}.weight`,
    shape: [coarse, fine, ...strides[level + 1]],
  }));
  const decoder = coarser.flatMap(({ fine, level }) => [
    ...convNorm(`decoder.${level}`, 1, fine, 2 * fine, kernels[level]),
    ...convNorm(`decoder.${level}`, 2, fine, fine, kernels[level]),
  ]);
  const head = [
    { name: 'head.weight', shape: [outputsOf(spec), filters[0], ...point] },
    { name: 'head.bias', shape: [outputsOf(spec)] },
  ];
  return [...encoder, ...up, ...decoder, ...head];
}

export function parameterCount(spec: NetworkSpec): number {
  return parameterSpecs(spec).reduce((sum, { shape }) => sum + product(shape), 0);
}

/** The skip of an encoder block is a convolution where it changes the shape. */
function hasProjection({ filters, inChannels }: NetworkSpec, level: number): boolean {
  return level > 0 || inChannels !== filters[0];
}
