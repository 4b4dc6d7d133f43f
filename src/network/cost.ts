import { product } from '../base/arithmetic';
import type { Zyx } from '../image/region';
import { parameterCount } from './residual-unet';
import { type NetworkSpec, spansOf } from './spec';
import { describeTopology } from './topology';

/** What a network costs. */
export interface NetworkCost {
  parameters: number;
  /** MB that a training step takes on a CPU, about */
  memoryMB: number;
}

/** Values kept for each value of a feature map until its gradient is taken; and for each parameter. */
const KEPT = 12;
const STATE = 12;

/**
 * Estimates what a network costs: its maps at every level, of the encoder's and the decoder's convolutions.
 * @param patch [z, y, x]
 */
export function networkCost(spec: NetworkSpec, patch: Readonly<Zyx>, batchSize: number): NetworkCost {
  const parameters = parameterCount(spec);
  const voxels = product(patch);
  const maps = spansOf(spec).reduce((sum, span, level) => sum + (spec.filters[level] * voxels) / product(span), 0);
  const bytes = 4 * (KEPT * batchSize * maps + STATE * parameters);
  return { parameters, memoryMB: Math.round(bytes / 2 ** 20) };
}

/** Says what a network is and costs, for a person. */
export function describeCost(spec: NetworkSpec, { parameters, memoryMB }: NetworkCost): string {
  return `network: ${describeTopology(spec)}, ${parameters} parameters; a step takes about ${memoryMB} MB`;
}
