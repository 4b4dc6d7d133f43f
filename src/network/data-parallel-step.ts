import { GraphBuilder } from '../graph/builder';
import { lower } from '../graph/lowering/lower';
import type { Lowerings } from '../graph/lowering/types';
import type { Node } from '../graph/ops';
import { type LossForm, lossOf } from './loss';
import { flatGradient, STATE_NAMES, splitParameters } from './models';
import { type OptimiserForm, type OptimiserState, optimiserStep, stepScalars } from './optimiser';
import { parameterCount, residualUnet } from './residual-unet';
import { type NetworkSpec, outputsOf } from './spec';

export interface GradientOptions extends LossForm {
  /** items of the share */
  items: number;
  /** items of the whole batch */
  batchSize: number;
  /** [(z,) y, x] */
  patch: number[];
  lowerings: Lowerings;
}

/**
 * What a share of a batch adds to the loss and the gradient of the whole: the shares' sums are those of a training step.
 * Inputs: `parameters`, flat, `input` [n, c, (z,) y, x], `target` [n, 1 or 3, (z,) y, x] and `weight` [n, 1, (z,) y, x] of the
 * share's items, `batchWeight`, the sum of the whole batch's weights, and where objects are told apart `batchForeground`, the
 * sum of those in the foreground. Outputs: `loss`, one value, and `gradient`, flat.
 */
export function buildGradient(spec: NetworkSpec, options: GradientOptions): Uint8Array {
  const g = new GraphBuilder();
  const values = splitParameters(g, spec, g.input('parameters', [parameterCount(spec)]));
  const image = (name: string, channels: number) => g.input(name, [options.items, channels, ...options.patch]);
  const logits = residualUnet(g, spec, (name) => values.get(name) as Node, image('input', spec.inChannels));
  const batch = { items: options.batchSize, weight: g.input('batchWeight', [1]) };
  const foreground = outputsOf(spec) === 1 ? {} : { foreground: g.input('batchForeground', [1]) };
  const [target, weight] = [image('target', outputsOf(spec)), image('weight', 1)];
  const loss = lossOf(g, options, logits, target, weight, { ...batch, ...foreground });
  const outputs = { loss: g.reshape(loss, [1]), gradient: flatGradient(g, loss, values) };
  return lower(outputs, { name: 'gradient', lowerings: options.lowerings });
}

/** The name of a share's gradient among the inputs of the update. */
export function gradientOf(share: number): string {
  return `gradient.${share}`;
}

/**
 * The second half of a training step: the optimiser's step and the moving average, from the sum of the shares' gradients.
 * Inputs: the state's vectors, the gradients under the names of {@link gradientOf}, the scalars of `StepInputs`. Outputs: the next state, as of a training step.
 */
export function buildUpdate(
  spec: NetworkSpec,
  { shares, lowerings, ...form }: OptimiserForm & { shares: number; lowerings: Lowerings },
): Uint8Array {
  const g = new GraphBuilder();
  const vector = (name: string) => g.input(name, [parameterCount(spec)]);
  const state = Object.fromEntries(STATE_NAMES.map((name) => [name, vector(name)])) as unknown as OptimiserState;
  const gradient = Array.from({ length: shares }, (_, i) => vector(gradientOf(i))).reduce((sum, x) => g.add(sum, x));
  const next = optimiserStep(g, spec, form, { state, inputs: stepScalars(g), gradient });
  const outputs = Object.fromEntries(STATE_NAMES.map((name) => [`next.${name}`, next[name]]));
  return lower(outputs, { name: 'update', lowerings });
}
