import { Random } from '../base/random';
import type { PixelSize } from '../image/description';
import type { Shape5 } from '../image/region';
import { type MicroscopeOptions, takeImage } from './microscope';
import { type NucleiOptions, placeNuclei } from './nuclei';

/** How the images of a set are made; each image has its own seed. */
export interface SampleSet {
  name: string;
  nuclei: Omit<NucleiOptions, 'seed'>;
  microscope: Omit<MicroscopeOptions, 'seed'>;
  pixelSize: PixelSize;
  /** images in each part */
  images: { train: number; test: number };
  seed: number;
}

/** A raw image and the truth behind it; arrays C order over `shape`. */
interface SimulatedSample {
  shape: Shape5;
  raw: Uint16Array<ArrayBuffer>;
  /** 0 outside, else the number of the nucleus */
  labels: Uint16Array<ArrayBuffer>;
}

/** A weak stain on an uneven background: no single threshold separates these nuclei well. */
export const NUCLEI_2D: SampleSet = {
  name: 'nuclei2d',
  nuclei: { size: [1, 256, 256], nuclei: 30, radius: [9, 15], planeDistance: 1 },
  microscope: {
    blur: [0, 1.5, 1.5],
    photons: 45,
    background: 40,
    unevenness: 0.9,
    gain: 8,
    offset: 100,
    readNoise: 12,
  },
  pixelSize: { z: null, y: 0.5, x: 0.5 },
  images: { train: 8, test: 3 },
  seed: 2000,
};

/** The same nuclei on another microscope: less light, more blur, a darker camera. For fine-tuning. */
export const NUCLEI_2D_DIM: SampleSet = {
  ...NUCLEI_2D,
  name: 'nuclei2d-dim',
  microscope: { ...NUCLEI_2D.microscope, blur: [0, 2.5, 2.5], photons: 18, background: 25, gain: 3, offset: 300 },
  images: { train: 2, test: 2 },
  seed: 2500,
};

/** Twice as many nuclei, which press against each other. */
export const NUCLEI_2D_TOUCHING: SampleSet = {
  ...NUCLEI_2D,
  name: 'nuclei2d-touching',
  nuclei: { ...NUCLEI_2D.nuclei, nuclei: 70, gap: 0.9 },
  seed: 2700,
};

/** Stacks as a confocal takes them: planes twice as far apart as pixels, blurred most along z. */
export const NUCLEI_3D: SampleSet = {
  name: 'nuclei3d',
  nuclei: { size: [24, 96, 96], nuclei: 22, radius: [8, 12], planeDistance: 2 },
  microscope: {
    blur: [1.2, 1.3, 1.3],
    photons: 45,
    background: 35,
    unevenness: 0.8,
    gain: 8,
    offset: 100,
    readNoise: 12,
  },
  pixelSize: { z: 1, y: 0.5, x: 0.5 },
  images: { train: 4, test: 2 },
  seed: 3000,
};

/** Simulates the image of a set with that number; depends on set and number alone. */
export function simulateSample(set: SampleSet, number: number): SimulatedSample {
  const seed = set.seed + number;
  const { shape, labels, density } = placeNuclei({ ...set.nuclei, seed });
  return { shape, labels, raw: takeImage(density, shape, { ...set.microscope, seed }) };
}

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

/** Simulates a 2D sample with the faults that merging and excluding masks are there for. */
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
