import { type ModelSize, type NetworkSpec, plainSpec } from './spec';
import { type TopologyRequest, topology } from './topology';

/** The size that is taken where nobody chose one, ... */
export const USUAL_SIZE: ModelSize = 'medium';
/** ... and the one where there is time for few steps: in the same time it learns for two to three times as many. */
const QUICK_SIZE: ModelSize = 'small';

/** Networks that a training may have. */
export interface PossibleNetworks {
  spec: NetworkSpec;
  /** the one instead where there is time for few steps; null: the size was chosen */
  quick: NetworkSpec | null;
}

/** Makes the networks of a size; auto: the usual size, and the one for little time. */
export function networksOf(
  request: Omit<TopologyRequest, 'modelSize'> & { modelSize: ModelSize | 'auto' },
  outChannels: 1 | 3,
): PossibleNetworks {
  const { modelSize } = request;
  const of = (size: ModelSize) => plainSpec({ ...topology({ ...request, modelSize: size }), outChannels });
  return modelSize === 'auto' ? { spec: of(USUAL_SIZE), quick: of(QUICK_SIZE) } : { spec: of(modelSize), quick: null };
}
