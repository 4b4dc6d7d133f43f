import { product } from '../base/numbers';
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

/**
 * What a training was seen to take: MB of its own, and values for each value of a feature map and for each parameter. Within
 * a quarter of what six networks took, of three and five levels, for 256 x 256, 32 x 64 x 64 and 32 x 128 x 128, batch 2.
 */
const OWN = 90;
const FOR_MAPS = 22;
const FOR_PARAMETERS = 35;

/**
 * Estimates what a network costs: its maps at every level and its parameters.
 * @param patch [z, y, x]
 */
export function networkCost(spec: NetworkSpec, patch: Readonly<Zyx>, batchSize: number): NetworkCost {
  const parameters = parameterCount(spec);
  const voxels = product(patch);
  const maps = spansOf(spec).reduce((sum, span, level) => sum + (spec.filters[level] * voxels) / product(span), 0);
  const bytes = 4 * (FOR_MAPS * batchSize * maps + FOR_PARAMETERS * parameters);
  return { parameters, memoryMB: OWN + Math.round(bytes / 2 ** 20) };
}

/** Says what a network is and costs, for a person. */
export function describeCost(spec: NetworkSpec, { parameters, memoryMB }: NetworkCost): string {
  return `network: ${describeTopology(spec)}, ${parameters} parameters; a step takes about ${memoryMB} MB`;
}
