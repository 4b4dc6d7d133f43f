import type { PixelArray } from '../../src/image/dtype';
import { ObjectOverlap } from '../../src/metrics/object-matching';
import { decode } from '../../src/objects/decode';
import type { DecodingSettings } from '../../src/objects/settings';
import type { SeenObjects } from './object-trainings';

const OVERLAPS = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9];

/** TP / (TP + FP + FN), counts of all images together; at an overlap of 0.5, and the mean over those up to 0.9. */
export function precisionsOf(images: readonly ObjectOverlap[]): { ap50: number; meanAp: number } {
  const at = (overlap: number) => {
    let [matched, others] = [0, 0];
    for (const image of images) {
      const { truePositive, falsePositive, falseNegative } = image.match(overlap);
      matched += truePositive;
      others += falsePositive + falseNegative;
    }
    return matched / (matched + others);
  };
  const mean = OVERLAPS.reduce((sum, overlap) => sum + at(overlap), 0) / OVERLAPS.length;
  return { ap50: rounded(at(0.5)), meanAp: rounded(mean) };
}

/** Compares two images of numbered objects. */
export function overlapOf(found: PixelArray, truth: PixelArray): ObjectOverlap {
  const overlap = new ObjectOverlap();
  overlap.add(found, truth, null);
  return overlap;
}

const known = new WeakMap<SeenObjects, Map<string, ObjectOverlap>>();

/** How good the objects are that maps are decoded to. What was compared once is not again. */
export function precisionOf(images: readonly SeenObjects[], settings: DecodingSettings) {
  return precisionsOf(images.map((image) => decodedOverlap(image, settings)));
}

function decodedOverlap(image: SeenObjects, settings: DecodingSettings): ObjectOverlap {
  const of = known.get(image) ?? new Map<string, ObjectOverlap>();
  known.set(image, of);
  const key = JSON.stringify(settings);
  const before = of.get(key);
  if (before) return before;
  const { maps, numbers, size, spacing } = image;
  const map = (channel: number) => maps.slice(channel * numbers.length, (channel + 1) * numbers.length);
  const { labels } = decode({ foreground: map(0), boundary: map(1), centre: map(2) }, size, spacing, settings);
  const overlap = overlapOf(Int32Array.from(labels), numbers);
  of.set(key, overlap);
  return overlap;
}

function rounded(value: number): number {
  return Number(value.toFixed(4));
}
