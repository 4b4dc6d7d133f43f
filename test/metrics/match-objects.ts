import type { PixelArray } from '../../src/image/dtype';
import { type ObjectMetrics, ObjectOverlap } from '../../src/metrics/object-matching';

/** Matches the objects of label images in memory. */
export function matchObjects(
  predicted: PixelArray,
  truth: PixelArray,
  weight: PixelArray | null = null,
  threshold = 0.5,
): ObjectMetrics {
  const overlap = new ObjectOverlap();
  overlap.add(predicted, truth, weight);
  return overlap.match(threshold);
}
