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
export interface SimulatedSample {
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

/** The image of a set with that number; depends on set and number alone. */
export function simulateSample(set: SampleSet, number: number): SimulatedSample {
  const seed = set.seed + number;
  const { shape, labels, density } = placeNuclei({ ...set.nuclei, seed });
  return { shape, labels, raw: takeImage(density, shape, { ...set.microscope, seed }) };
}
