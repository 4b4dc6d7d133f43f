import { SegmenterError } from '../../base/errors';
import { canonicalJson } from '../../base/plain-json';
import type { Zyx } from '../../image/region';
import { type PatchWishes, suggestPatch, suggestPlan, validatePlan } from '../../patches/plan';
import type { PatchPlan, Sample } from '../../samples/sample';

/**
 * In so many minutes a processor takes some hundred steps of small 3D patches, and some dozens of large ones: ovules, 8 minutes
 * on two cores, Dice out of fold 0.821 after 450 small steps, 0.800 after 145 large ones.
 */
const QUICK_MINUTES = 60;
const QUICK_VOXELS = 32 * 64 * 64;

/** The 3D patches of a training that is to be quick: more and smaller steps teach more than few large ones. */
export function quickPatches(minutes: number | null): Pick<PatchWishes, 'voxels'> {
  return minutes !== null && minutes <= QUICK_MINUTES ? { voxels: QUICK_VOXELS } : {};
}

/**
 * The one patch plan of a training: what the samples' plans choose, and what they leave open suggested from all images,
 * so that images of different sizes go together. Without any plan, the default.
 * @throws SegmenterError `invalid-input` where two samples choose differently, or the plan does not fit
 */
export function commonPlan(samples: readonly Sample[], dimensions: 2 | 3, wishes: PatchWishes): PatchPlan {
  const shapes = samples.map(({ raw }): Zyx => [raw.shape[2], raw.shape[3], raw.shape[4]]);
  const planned = samples.flatMap(({ id, patches }) => (patches ? [{ id, chosen: chosenOf(patches) }] : []));
  if (planned.length === 0) return suggestPlan(shapes, dimensions, wishes);
  const [first] = planned;
  const text = canonicalJson(first.chosen);
  const other = planned.find(({ chosen }) => canonicalJson(chosen) !== text);
  if (other) {
    const message = `sample ${other.id}: patches differ from those of sample ${first.id}; one training has one patch plan`;
    throw new SegmenterError('invalid-input', message, { sample: other.id });
  }
  const plan: PatchPlan = { ...suggestPatch(shapes, dimensions, wishes), ...first.chosen };
  validatePlan(plan, dimensions, wishes.required);
  return plan;
}

/** The plan without the sizes that were only suggested. */
function chosenOf({ suggested = [], sizeZ, sizeY, sizeX, ...rest }: PatchPlan) {
  const sizes = Object.entries({ sizeZ, sizeY, sizeX }).filter(([name]) => !suggested.some((other) => other === name));
  return { ...rest, ...(Object.fromEntries(sizes) as Partial<Pick<PatchPlan, 'sizeZ' | 'sizeY' | 'sizeX'>>) };
}
