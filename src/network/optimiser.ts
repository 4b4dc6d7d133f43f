import type { GraphBuilder } from '../graph/builder';
import type { Node } from '../graph/ops';
import { muonStep } from './muon';
import type { NetworkSpec } from './spec';

export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Flat vectors of equal length. */
export interface OptimiserState {
  parameters: Node;
  average: Node;
  firstMoment: Node;
  secondMoment: Node;
}

/** Scalars that change from step to step. */
export interface StepInputs {
  /** of Muon; a step of Adam alone does not have this input */
  learningRate: Node;
  /** of Adam: learning rate / (1 - beta1^step) */
  stepSize: Node;
  /** 1 / sqrt(1 - beta2^step) */
  secondCorrection: Node;
  averageDecay: Node;
}

/** The inputs of a graph that takes a step. @param named the input's name for a scalar */
export function stepScalars(g: GraphBuilder, named: (scalar: string) => string = (scalar) => scalar): StepInputs {
  const scalar = (name: keyof StepInputs) => g.input(named(name), [1]);
  return {
    learningRate: scalar('learningRate'),
    stepSize: scalar('stepSize'),
    secondCorrection: scalar('secondCorrection'),
    averageDecay: scalar('averageDecay'),
  };
}

/** The values of {@link StepInputs} for one step; `step` counts from 1. */
export function stepInputs(
  step: number,
  learningRate: number,
): Record<'learningRate' | 'stepSize' | 'secondCorrection', number> {
  return {
    learningRate,
    stepSize: learningRate / (1 - ADAM.beta1 ** step),
    secondCorrection: 1 / Math.sqrt(1 - ADAM.beta2 ** step),
  };
}

/** What decides how a step follows from a gradient. */
export interface OptimiserForm {
  /** L2 term added to the gradient, as torch.optim.Adam's weight_decay */
  weightDecay: number;
  /** kernels between feature maps take steps of Muon, at so many times the learning rate; absent: of Adam, as all others */
  kernelRate?: number;
}

/**
 * One step of Adam (Kingma and Ba, 2015) with L2 weight decay added to the gradient, as torch.optim.Adam:
 *   g = gradient + decay p;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
 *   p = p - stepSize m / (sqrt(v) secondCorrection + epsilon)
 * or of Muon ({@link muonStep}), whose momentum is b1 m + (1 - b1) g (Nesterov's); and of the moving average:
 * a = d a + (1 - d) p = p + d (a - p).
 */
export function optimiserStep(
  g: GraphBuilder,
  spec: NetworkSpec,
  { weightDecay, kernelRate }: OptimiserForm,
  { state, inputs, gradient }: { state: OptimiserState; inputs: StepInputs; gradient: Node },
): OptimiserState {
  const { beta1, beta2, epsilon } = ADAM;
  const decayed = weightDecay === 0 ? gradient : g.add(gradient, g.scale(state.parameters, weightDecay));
  const firstMoment = g.add(g.scale(state.firstMoment, beta1), g.scale(decayed, 1 - beta1));
  const secondMoment = g.add(g.scale(state.secondMoment, beta2), g.scale(g.multiply(decayed, decayed), 1 - beta2));
  const deviation = g.multiply(g.node('sqrt', [secondMoment], {}), inputs.secondCorrection);
  const adam = g.multiply(inputs.stepSize, g.divide(firstMoment, g.add(deviation, g.scalar(epsilon))));
  let step = adam;
  if (kernelRate) {
    const momentum = g.add(g.scale(firstMoment, beta1), g.scale(decayed, 1 - beta1));
    step = muonStep(g, spec, { momentum, rate: g.scale(inputs.learningRate, kernelRate), others: adam });
  }
  const parameters = g.subtract(state.parameters, step);
  const average = g.add(parameters, g.multiply(inputs.averageDecay, g.subtract(state.average, parameters)));
  return { parameters, average, firstMoment, secondMoment };
}
