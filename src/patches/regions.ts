import { Random } from '../base/random';
import type { Region, Shape5 } from '../image/region';
import type { PatchPlan } from '../samples/sample';
import { drawPatch } from './draw';
import { gridStarts } from './grid';
import { patchSize, type Zyx } from './plan';
import type { SamplingIndex } from './sampling-index';

/**
 * Where the patches of one image lie: for `grid` all of them, else `perImage` for each time point, every second one on
 * foreground for `balanced`. A patch larger than the image is cut to the image. A time point that is excluded as a whole
 * has none.
 * @param shape [t, c, z, y, x] of the image
 * @param indexOf what is known of a time point's target and weight
 */
export function patchRegions(
  shape: Readonly<Shape5>,
  plan: PatchPlan,
  indexOf: (t: number) => SamplingIndex,
): Region[] {
  const [times, channels, ...zyx] = shape;
  const size = patchSize(plan);
  const regions: Region[] = [];
  for (let t = 0; t < times; t++) {
    const index = indexOf(t);
    if (index.includedCount === 0) continue;
    const starts =
      plan.sampling === 'grid'
        ? gridStarts(zyx, size, plan.overlap)
        : Array.from({ length: plan.perImage }, (_, item) =>
            drawPatch(index, plan, plan.sampling === 'balanced' && item % 2 === 0, new Random(plan.seed, t, item)),
          );
    for (const start of starts) regions.push(cutToImage(t, channels, start, size, zyx));
  }
  return regions;
}

function cutToImage(t: number, channels: number, start: Zyx, size: Zyx, shape: readonly number[]): Region {
  const from = start.map((s) => Math.max(0, s));
  const extent = from.map((f, axis) => Math.min(shape[axis], start[axis] + size[axis]) - f);
  return { start: [t, 0, from[0], from[1], from[2]], size: [1, channels, extent[0], extent[1], extent[2]] };
}
