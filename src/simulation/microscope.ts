import { Random } from '../base/random';
import type { Shape5 } from '../image/region';
import { gaussianBlur } from './gaussian';

export interface MicroscopeOptions {
  /** point-spread function: standard deviations of a Gaussian along z, y, x in pixels */
  blur: [number, number, number];
  /** photons a pixel receives where the density is 1 */
  photons: number;
  /** photons of a pixel that come from out-of-focus light and medium, on average */
  background: number;
  /** how far the background falls and rises across the field, as a fraction of its mean; 0 to 1 */
  unevenness: number;
  /** counts the camera gives for a photon */
  gain: number;
  /** counts the camera gives for no light */
  offset: number;
  /** standard deviation of the camera's own noise in counts */
  readNoise: number;
  seed: number;
}

/** The largest count of the 16-bit camera; brighter pixels saturate there, as they do in a real one. */
const SATURATION = 65535;

/**
 * The picture a camera takes of a fluorophore density: blur by the point-spread function, vignetting, an uneven
 * background, photon (Poisson) noise, gain, read noise and offset, rounded to whole counts.
 * @param density C order over `shape`; left as it is
 */
export function takeImage(density: Float32Array, shape: Shape5, options: MicroscopeOptions): Uint16Array<ArrayBuffer> {
  const [, , depth, height, width] = shape;
  const light = density.slice();
  gaussianBlur(light, shape, options.blur);
  const random = new Random(options.seed, 3);
  const angle = random.range(0, 2 * Math.PI);
  const [slopeY, slopeX] = [Math.sin(angle), Math.cos(angle)];
  const image = new Uint16Array(light.length);
  for (let z = 0, i = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      const v = (2 * y) / height - 1;
      for (let x = 0; x < width; x++, i++) {
        const u = (2 * x) / width - 1;
        const illumination = 1 - 0.15 * (u * u + v * v);
        const background = options.background * (1 + (options.unevenness * (slopeY * v + slopeX * u)) / Math.SQRT2);
        const photons = random.poisson(illumination * options.photons * light[i] + background);
        const counts = options.offset + options.gain * photons + options.readNoise * random.normal();
        image[i] = Math.min(SATURATION, Math.max(0, Math.round(counts)));
      }
    }
  }
  return image;
}
