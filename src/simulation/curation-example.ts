import { Random } from '../base/random';
import { NUCLEI_2D, type SimulatedSample, simulateSample } from './sample-sets';

/** What the curation example needs of one image: two imperfect segmentations and two masks. */
export interface CurationSample extends SimulatedSample {
  /** right in the left part of the image, misses every second nucleus in the right part */
  seg1: Uint16Array<ArrayBuffer>;
  /** right in the right part, misses every second nucleus in the left part */
  seg2: Uint16Array<ArrayBuffer>;
  /** 255 where seg2 is the better one, else 0 */
  mergeMask: Uint8Array<ArrayBuffer>;
  /** 255 over a piece of debris that both segmentations take for nuclei, else 0 */
  excludeMask: Uint8Array<ArrayBuffer>;
}

/** Counts that debris adds to the raw image; far brighter than a nucleus. */
const DEBRIS_COUNTS = 1500;
const DEBRIS_RADIUS = 22;
/** The excluding mask reaches this many pixels beyond the debris. */
const MARGIN = 4;

/** A 2D sample with the faults that merging and excluding masks are there for. */
export function simulateCurationSample(number: number): CurationSample {
  const { shape, raw, labels } = simulateSample(NUCLEI_2D, 100 + number);
  const [, , , height, width] = shape;
  const random = new Random(NUCLEI_2D.seed, number, 4);
  const debris = { y: random.range(0.2, 0.8) * height, x: random.range(0.2, 0.8) * width };
  const seg1 = labels.slice();
  const seg2 = labels.slice();
  const mergeMask = new Uint8Array(raw.length);
  const excludeMask = new Uint8Array(raw.length);
  const centres = middles(labels, width);
  const debrisLabel = labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const label = labels[i];
      const right = label > 0 ? centres[label] >= width / 2 : x >= width / 2;
      if (right) mergeMask[i] = 255;
      if (label % 2 === 1) (right ? seg1 : seg2)[i] = 0;
      const distance = Math.hypot(y - debris.y, x - debris.x);
      if (distance <= DEBRIS_RADIUS + MARGIN) excludeMask[i] = 255;
      if (distance > DEBRIS_RADIUS) continue;
      raw[i] += DEBRIS_COUNTS;
      seg1[i] = debrisLabel;
      seg2[i] = debrisLabel;
    }
  }
  return { shape, raw, labels, seg1, seg2, mergeMask, excludeMask };
}

/** The mean x of each label, so that a nucleus lies on one side as a whole. */
function middles(labels: Uint16Array, width: number): Float64Array {
  const sums = new Float64Array(65536);
  const counts = new Uint32Array(65536);
  for (let i = 0; i < labels.length; i++) {
    sums[labels[i]] += i % width;
    counts[labels[i]]++;
  }
  return sums.map((sum, label) => sum / Math.max(1, counts[label]));
}
