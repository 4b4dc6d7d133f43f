import { product } from '../base/numbers';
import { GraphBuilder } from '../graph/builder';
import { gradients } from '../graph/gradients';
import { lower } from '../graph/lowering/lower';
import { PREDICTION_LOWERINGS } from '../graph/lowering/tables';
import type { Lowerings } from '../graph/lowering/types';
import type { Node } from '../graph/ops';
import { fixNorms, normSums } from './fixed-norms';
import { type LossForm, lossOf } from './loss';
import { type OptimiserForm, type OptimiserState, optimiserStep, stepScalars } from './optimiser';
import { parameterCount, parameterSpecs, residualUnet } from './residual-unet';
import { divisors, type NetworkSpec, outputsOf } from './spec';

/** Names of a prediction model's input and output. */
export const PREDICTION_INPUT = 'input';
export const PREDICTION_OUTPUT = 'probability';

/** The state's vectors; a step reads each under its name and writes it under `next.` and the name. */
export const STATE_NAMES = ['parameters', 'average', 'firstMoment', 'secondMoment'] as const;

/** A network of ours with what it computes with. */
export interface KnownNetwork {
  spec: NetworkSpec;
  /** in the order of `parameterSpecs` */
  parameters: Float32Array;
  /** of its norms (`momentCount`); absent: each takes those of the image that it sees */
  moments?: Float32Array;
  /** absent: probabilities; or the sums that the moments of its norms are made of (`normSums`) */
  gives?: 'norm-sums';
}

export interface StepGraphOptions extends LossForm, OptimiserForm {
  batchSize: number;
  /** [(z,) y, x] */
  patch: number[];
  /** steps that one run takes, one after the other (1) */
  steps?: number;
  /** also return `logits` and the flat `gradient` of the first step */
  inspect?: boolean;
}

export interface StepOptions extends StepGraphOptions {
  lowerings: Lowerings;
}

/** The name of an input or output of one of several steps. */
export function ofStep(name: string, step: number): string {
  return step === 0 ? name : `${name}.${step}`;
}

/** The graph of {@link trainingStepGraph} as an ONNX model. */
export function buildTrainingStep(spec: NetworkSpec, { lowerings, ...options }: StepOptions): Uint8Array {
  return lower(trainingStepGraph(spec, options), { name: 'training-step', lowerings });
}

/**
 * Whole training steps as one graph: forward pass, loss, gradients, the optimiser's step.
 * Inputs: the state's vectors, and for each step `input` [n, c, (z,) y, x], `target` [n, 1 or 3, (z,) y, x],
 * `weight` [n, 1, (z,) y, x], the scalars of `StepInputs`. Outputs: the `loss` of each step and the state after the
 * last. Names of the second step and later ones are given by {@link ofStep}.
 */
export function trainingStepGraph(spec: NetworkSpec, options: StepGraphOptions): Record<string, Node> {
  const g = new GraphBuilder();
  const length = parameterCount(spec);
  const names = STATE_NAMES.map((name) => [name, g.input(name, [length])]);
  let state = Object.fromEntries(names) as OptimiserState;
  const outputs: Record<string, Node> = {};
  for (let step = 0; step < (options.steps ?? 1); step++) {
    const { next, loss, logits, gradient } = oneStep(g, spec, options, state, step);
    outputs[ofStep('loss', step)] = g.reshape(loss, [1]);
    if (options.inspect && step === 0) Object.assign(outputs, { logits, gradient });
    state = next;
  }
  for (const name of STATE_NAMES) outputs[`next.${name}`] = state[name];
  return outputs;
}

/** A model whose outputs are the state that it is given, under the names of a step's next state. */
export function buildStateCopy(spec: NetworkSpec, lowerings: Lowerings): Uint8Array {
  const g = new GraphBuilder();
  const length = parameterCount(spec);
  const outputs = STATE_NAMES.map((name) => [`next.${name}`, g.input(name, [length])]);
  return lower(Object.fromEntries(outputs), { name: 'state', lowerings });
}

function oneStep(g: GraphBuilder, spec: NetworkSpec, options: StepGraphOptions, state: OptimiserState, step: number) {
  const image = (name: string, channels: number) =>
    g.input(ofStep(name, step), [options.batchSize, channels, ...options.patch]);
  const [input, target, weight] = [
    image('input', spec.inChannels),
    image('target', outputsOf(spec)),
    image('weight', 1),
  ];
  const values = splitParameters(g, spec, state.parameters);
  const logits = residualUnet(g, spec, (name) => values.get(name) as Node, input);
  const loss = lossOf(g, options, logits, target, weight);
  const gradient = flatGradient(g, loss, values);
  const inputs = stepScalars(g, (name) => ofStep(name, step));
  return { next: optimiserStep(g, spec, options, { state, inputs, gradient }), loss, logits, gradient };
}

/**
 * The prediction of images of one shape as a graph that takes the parameters as an input.
 * Inputs: `input` of the shape [n, c, (z,) y, x] and `parameters`, flat. Output: `probability` [n, 1 or 3, (z,) y, x].
 */
export function predictionGraph(network: KnownNetwork, shape: readonly number[]): Record<string, Node> {
  const g = new GraphBuilder();
  const { spec } = network;
  const values = splitParameters(g, spec, g.input('parameters', [parameterCount(spec)]));
  const input = g.input(PREDICTION_INPUT, [...shape]);
  return { [PREDICTION_OUTPUT]: predicted(g, network, values, input) };
}

function predicted(g: GraphBuilder, network: KnownNetwork, values: ReadonlyMap<string, Node>, input: Node): Node {
  const { spec, parameters, moments, gives } = network;
  const inputs = new Map<string, Node>();
  const fixed = moments && fixNorms(spec, parameters, moments);
  const logits = residualUnet(g, spec, (name) => values.get(name) as Node, input, { fixed, inputs });
  return gives === 'norm-sums' ? normSums(g, spec, inputs) : g.node('sigmoid', [logits], {});
}

/** The only images that a model shall take, and what it is written for; it gives the same probabilities but for rounding. */
export interface FixedForm {
  /** [n, c, (z,) y, x] */
  shape: readonly number[];
  lowerings: Lowerings;
}

/**
 * A model that predicts: `input` float32 [n, c, (z,) y, x] of any size that is a multiple of the divisors, to
 * `probability` [n, 1 or 3, (z,) y, x]. The parameters are constants in it.
 * @param form where given, the model takes images of one shape only, in the way that is quickest on some device
 * @param other what makes the network another, or its output
 */
export function buildPredictor(
  spec: NetworkSpec,
  parameters: Float32Array,
  form?: FixedForm,
  other: Pick<KnownNetwork, 'moments' | 'gives'> = {},
): Uint8Array {
  const g = new GraphBuilder();
  const nominal = [
    1,
    spec.inChannels,
    ...divisors(spec)
      .slice(3 - spec.dimensions)
      .map((unit) => 2 * unit),
  ];
  const input = g.input(PREDICTION_INPUT, [...(form?.shape ?? nominal)]);
  const values = new Map<string, Node>();
  let offset = 0;
  for (const { name, shape } of parameterSpecs(spec)) {
    const length = product(shape);
    values.set(name, g.node('constant', [], { data: parameters.slice(offset, offset + length), shape }));
    offset += length;
  }
  const free = ['n', null, ...['z', 'y', 'x'].slice(-spec.dimensions)];
  const dynamic = (_: string, shape: readonly number[]) => shape.map((n, axis) => free[axis] ?? n);
  return lower(
    { [PREDICTION_OUTPUT]: predicted(g, { spec, parameters, ...other }, values, input) },
    {
      name: 'prediction',
      lowerings: form?.lowerings ?? PREDICTION_LOWERINGS,
      dynamic: form ? undefined : dynamic,
    },
  );
}

/** The gradient by all parameters as one vector, in the order of the parameter vector. */
export function flatGradient(g: GraphBuilder, loss: Node, values: ReadonlyMap<string, Node>): Node {
  const parts = gradients(g, loss, [...values.values()]).map((x) => g.reshape(x, [product(x.shape)]));
  return g.node('concat', parts, { axis: 0 });
}

/** Splits the flat vector into the parameters. */
export function splitParameters(g: GraphBuilder, spec: NetworkSpec, parameters: Node): Map<string, Node> {
  const values = new Map<string, Node>();
  let start = 0;
  for (const { name, shape } of parameterSpecs(spec)) {
    const end = start + product(shape);
    values.set(name, g.reshape(g.node('slice', [parameters], { axis: 0, start, end }), shape));
    start = end;
  }
  return values;
}
