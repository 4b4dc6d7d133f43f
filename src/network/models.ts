import { GraphBuilder } from '../graph/builder';
import { gradients } from '../graph/gradients';
import { lower } from '../graph/lowering/lower';
import { PLANE_LOWERINGS } from '../graph/lowering/planes';
import { PREDICTION_LOWERINGS } from '../graph/lowering/prediction';
import type { Lowerings } from '../graph/lowering/types';
import type { Node } from '../graph/ops';
import { lossOf } from './loss';
import { adamStep } from './optimiser';
import { parameterCount, parameterSpecs, residualUnet } from './residual-unet';
import type { Loss, NetworkSpec } from './spec';

/** Names of a prediction model's input and output. */
export const PREDICTION_INPUT = 'input';
export const PREDICTION_OUTPUT = 'probability';

/** The state's vectors; a step reads each under its name and writes it under `next.` and the name. */
export const STATE_NAMES = ['parameters', 'average', 'firstMoment', 'secondMoment'] as const;

export interface StepGraphOptions {
  batchSize: number;
  /** [(z,) y, x] */
  patch: number[];
  loss: Loss;
  weightDecay: number;
  /** also return `logits` and the flat `gradient` */
  inspect?: boolean;
}

export interface StepOptions extends StepGraphOptions {
  lowerings: Lowerings;
}

/** The graph of {@link trainingStepGraph} as an ONNX model. */
export function buildTrainingStep(spec: NetworkSpec, { lowerings, ...options }: StepOptions): Uint8Array {
  return lower(trainingStepGraph(spec, options), { name: 'training-step', lowerings });
}

/**
 * A whole training step as one graph: forward pass, loss, gradients, Adam.
 * Inputs: `input` [n, c, (z,) y, x], `target` and `weight` [n, 1, (z,) y, x], the scalars `stepSize`,
 * `secondCorrection` and `averageDecay`, and the state's vectors. Outputs: `loss` and the next state.
 */
export function trainingStepGraph(spec: NetworkSpec, options: StepGraphOptions): Record<string, Node> {
  const g = new GraphBuilder();
  const image = (name: string, channels: number) => g.input(name, [options.batchSize, channels, ...options.patch]);
  const [input, target, weight] = [image('input', spec.inChannels), image('target', 1), image('weight', 1)];
  const length = parameterCount(spec);
  const [parameters, average, firstMoment, secondMoment] = STATE_NAMES.map((name) => g.input(name, [length]));
  const values = cut(g, spec, parameters);
  const logits = residualUnet(g, spec, (name) => values.get(name) as Node, input);
  const loss = lossOf(g, options.loss, logits, target, weight);
  const parts = gradients(g, loss, [...values.values()]).map((x) => g.reshape(x, [x.shape.reduce((p, n) => p * n, 1)]));
  const gradient = g.node('concat', parts, { axis: 0 });
  const scalars = {
    stepSize: g.input('stepSize', [1]),
    secondCorrection: g.input('secondCorrection', [1]),
    averageDecay: g.input('averageDecay', [1]),
  };
  const next = adamStep(g, { parameters, average, firstMoment, secondMoment }, scalars, gradient, options.weightDecay);
  const outputs: Record<string, Node> = { loss: g.reshape(loss, [1]) };
  for (const name of STATE_NAMES) outputs[`next.${name}`] = next[name];
  if (options.inspect) Object.assign(outputs, { logits, gradient });
  return outputs;
}

/**
 * The prediction of images of one shape as a graph that takes the parameters as an input.
 * Inputs: `input` of the shape [n, c, (z,) y, x] and `parameters`, flat. Output: `probability` [n, 1, (z,) y, x].
 */
export function predictionGraph(spec: NetworkSpec, shape: readonly number[]): Record<string, Node> {
  const g = new GraphBuilder();
  const values = cut(g, spec, g.input('parameters', [parameterCount(spec)]));
  const input = g.input(PREDICTION_INPUT, [...shape]);
  const logits = residualUnet(g, spec, (name) => values.get(name) as Node, input);
  return { [PREDICTION_OUTPUT]: g.node('sigmoid', [logits], {}) };
}

/**
 * A model that predicts: `input` float32 [n, c, (z,) y, x] of any size that is a multiple of the divisor, to
 * `probability` [n, 1, (z,) y, x]. The parameters are constants in it.
 * @param size [(z,) y, x] of the only images that it shall take, one at a time: such a 3D model is quicker on x64
 *   processors, and gives the same probabilities but for rounding
 */
export function buildPredictor(spec: NetworkSpec, parameters: Float32Array, size?: readonly number[]): Uint8Array {
  const g = new GraphBuilder();
  const nominal = size ?? Array.from({ length: spec.dimensions }, () => 2 ** spec.filters.length);
  const input = g.input(PREDICTION_INPUT, [1, spec.inChannels, ...nominal]);
  const values = new Map<string, Node>();
  let offset = 0;
  for (const { name, shape } of parameterSpecs(spec)) {
    const length = shape.reduce((product, n) => product * n, 1);
    values.set(name, g.node('constant', [], { data: parameters.slice(offset, offset + length), shape }));
    offset += length;
  }
  const logits = residualUnet(g, spec, (name) => values.get(name) as Node, input);
  const free = ['n', null, ...['z', 'y', 'x'].slice(-spec.dimensions)];
  const dynamic = (_: string, shape: readonly number[]) => shape.map((n, axis) => free[axis] ?? n);
  return lower(
    { [PREDICTION_OUTPUT]: g.node('sigmoid', [logits], {}) },
    {
      name: 'prediction',
      lowerings: size ? PLANE_LOWERINGS : PREDICTION_LOWERINGS,
      dynamic: size ? undefined : dynamic,
    },
  );
}

/** Each parameter as a cut of the flat vector. */
function cut(g: GraphBuilder, spec: NetworkSpec, parameters: Node): Map<string, Node> {
  const values = new Map<string, Node>();
  let start = 0;
  for (const { name, shape } of parameterSpecs(spec)) {
    const end = start + shape.reduce((product, n) => product * n, 1);
    values.set(name, g.reshape(g.node('slice', [parameters], { axis: 0, start, end }), shape));
    start = end;
  }
  return values;
}
