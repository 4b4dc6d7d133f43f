import { Random } from '../base/random';
import type { Shape5 } from '../image/region';

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
 * Takes the picture a camera takes of a fluorophore density: blur by the point-spread function, vignetting, an uneven
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

/**
 * Blurs in place with a separable Gaussian along z, y and x; the borders are mirrored (edge pixel repeated once).
 * @param pixels C order over [t, c, z, y, x]
 * @param sigma standard deviations along z, y, x in pixels; 0 leaves an axis as it is
 */
export function gaussianBlur(pixels: Float32Array, shape: Shape5, sigma: readonly [number, number, number]): void {
  const [, , depth, height, width] = shape;
  const sizes = [depth, height, width];
  const strides = [height * width, width, 1];
  for (let axis = 0; axis < 3; axis++) {
    if (sigma[axis] > 0 && sizes[axis] > 1) blurAxis(pixels, sizes[axis], strides[axis], kernel(sigma[axis]));
  }
}

/** Weights of the offsets 0, 1, 2, ... up to four standard deviations; both sides together sum to 1. */
function kernel(sigma: number): Float64Array {
  const radius = Math.ceil(4 * sigma);
  const weights = Float64Array.from({ length: radius + 1 }, (_, i) => Math.exp(-(i * i) / (2 * sigma * sigma)));
  const sum = weights.reduce((total, weight, i) => total + (i === 0 ? weight : 2 * weight), 0);
  return weights.map((weight) => weight / sum);
}

function blurAxis(pixels: Float32Array, size: number, stride: number, weights: Float64Array): void {
  const radius = weights.length - 1;
  const line = new Float64Array(size + 2 * radius);
  const block = size * stride;
  for (let start = 0; start < pixels.length; start += block) {
    for (let offset = 0; offset < stride; offset++) {
      const first = start + offset;
      for (let i = 0; i < line.length; i++) line[i] = pixels[first + mirrored(i - radius, size) * stride];
      for (let i = 0; i < size; i++) {
        let sum = weights[0] * line[i + radius];
        for (let d = 1; d <= radius; d++) sum += weights[d] * (line[i + radius - d] + line[i + radius + d]);
        pixels[first + i * stride] = sum;
      }
    }
  }
}

/** The index inside 0 .. size - 1 that a mirror at both edges maps to: ... 1 0 | 0 1 2 | 2 1 ... */
function mirrored(index: number, size: number): number {
  const period = 2 * size;
  const position = ((index % period) + period) % period;
  return position < size ? position : period - 1 - position;
}
