import type { Zyx } from '../../src/image/region';
import { suggestPlan } from '../../src/patches/plan';
import type { Sample } from '../../src/samples/sample';
import { quickPatches } from '../../src/training/data/common-plan';
import { DEFAULT_MINUTES } from '../../src/training/plan';

/**
 * Gives stacks the patches that they have in a training of the default minutes: where epochs alone are set they are those of a long one,
 * two to three times as large, of which there would be time for few steps. Planes are left as they are.
 */
export function withQuickPatches(samples: readonly Sample[]): Sample[] {
  const shapes = samples.map(({ raw: { shape } }): Zyx => [shape[2], shape[3], shape[4]]);
  if (shapes.some(([planes]) => planes === 1)) return [...samples];
  const patches = suggestPlan(shapes, 3, quickPatches(DEFAULT_MINUTES));
  return samples.map((sample) => ({ ...sample, patches }));
}
