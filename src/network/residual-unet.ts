import { product } from '../base/numbers';
import type { GraphBuilder } from '../graph/builder';
import type { Node } from '../graph/ops';
import type { NetworkSpec, ParameterSpec } from './spec';

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
 * Encoder level: two width-3 convolutions with instance norm, the first with the level's stride; the skip is a
 * width-1 convolution with instance norm where the shape changes; their sum; leaky ReLU after the first norm and the
 * sum. Decoder level: transposed convolution, concatenation (upsampled first, then the skip), two width-3 convolutions
 * with instance norm and leaky ReLU. Head: width-1 convolution with bias.
 * @param x [n, c, (z,) y, x], sizes multiples of `divisor(spec)`
 * @returns logits [n, 1, (z,) y, x]
 */
export function residualUnet(
  g: GraphBuilder,
  spec: NetworkSpec,
  parameter: Parameters,
  x: Node,
  { fixed, inputs }: NormOptions = {},
): Node {
  const convNorm = (input: Node, block: string, index: number, stride: 1 | 2): Node => {
    const convolved = g.node('conv', [input, parameter(`${block}.conv${index}.weight`)], { stride });
    const norm = `${block}.norm${index}`;
    inputs?.set(norm, convolved);
    const known = fixed?.get(norm);
    if (known) return affine(g, convolved, known);
    const scaled = [parameter(`${norm}.weight`), parameter(`${norm}.bias`)];
    return g.node('instanceNorm', [convolved, ...scaled], { epsilon: NORM_EPSILON });
  };
  const activate = (input: Node): Node => g.node('leakyRelu', [input], { slope: LEAKY_SLOPE });

  const skips: Node[] = [];
  let y = x;
  spec.filters.forEach((_, level) => {
    const block = `encoder.${level}`;
    const stride = level === 0 ? 1 : 2;
    const skip = hasProjection(spec, level) ? convNorm(y, block, 3, stride) : y;
    y = activate(g.add(convNorm(activate(convNorm(y, block, 1, stride)), block, 2, 1), skip));
    skips.push(y);
  });
  for (let level = spec.filters.length - 2; level >= 0; level--) {
    const block = `decoder.${level}`;
    const up = g.node('upConv', [y, parameter(`up.${level}.weight`)], {});
    y = g.node('concat', [up, skips[level]], { axis: 1 });
    y = activate(convNorm(activate(convNorm(y, block, 1, 1)), block, 2, 1));
  }
  const logits = g.node('conv', [y, parameter('head.weight')], { stride: 1 });
  return g.add(logits, g.reshape(parameter('head.bias'), [1, 1, ...x.shape.slice(2).map(() => 1)]));
}

function affine(g: GraphBuilder, x: Node, { factor, shift }: FixedNorm): Node {
  const shape = x.shape.map((n, axis) => (axis === 1 ? n : 1));
  const constant = (data: Float32Array<ArrayBuffer>) => g.node('constant', [], { data, shape });
  return g.add(g.multiply(x, constant(factor)), constant(shift));
}

/** Name and shape of every parameter, in the order of the flat parameter vector. */
export function parameterSpecs(spec: NetworkSpec): ParameterSpec[] {
  const { filters, inChannels, dimensions } = spec;
  const width = (n: number) => Array.from({ length: dimensions }, () => n);
  const convNorm = (block: string, index: number, out: number, input: number, kernel: number): ParameterSpec[] => [
    { name: `${block}.conv${index}.weight`, shape: [out, input, ...width(kernel)] },
    { name: `${block}.norm${index}.weight`, shape: [out] },
    { name: `${block}.norm${index}.bias`, shape: [out] },
  ];
  const encoder = filters.flatMap((out, level) => {
    const input = level === 0 ? inChannels : filters[level - 1];
    return [
      ...convNorm(`encoder.${level}`, 1, out, input, 3),
      ...convNorm(`encoder.${level}`, 2, out, out, 3),
      ...(hasProjection(spec, level) ? convNorm(`encoder.${level}`, 3, out, input, 1) : []),
    ];
  });
  const coarser = filters.slice(1).map((out, level) => ({ fine: filters[level], coarse: out, level }));
  const up = coarser.map(({ fine, coarse, level }) => ({
    name: `up.${level}.weight`,
    shape: [coarse, fine, ...width(2)],
  }));
  const decoder = coarser.flatMap(({ fine, level }) => [
    ...convNorm(`decoder.${level}`, 1, fine, 2 * fine, 3),
    ...convNorm(`decoder.${level}`, 2, fine, fine, 3),
  ]);
  const head = [
    { name: 'head.weight', shape: [1, filters[0], ...width(1)] },
    { name: 'head.bias', shape: [1] },
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
