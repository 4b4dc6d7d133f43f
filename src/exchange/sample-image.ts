import { product } from '../base/numbers';
import type { ModelCard } from '../models/card';
import { takeImage } from '../simulation/microscope';
import { placeNuclei } from '../simulation/nuclei';

/** Pixels of y and x that a nucleus has in all, about. */
const PIXELS_EACH = 900;
const MICROSCOPE = { blur: [1, 1.3, 1.3], photons: 45, background: 40, unevenness: 0.3, gain: 8, offset: 100 } as const;

/**
 * Makes an image to try a model with: simulated nuclei, each channel others. Depends on the arguments alone.
 * @param size [(z,) y, x]
 * @returns [c, (z,) y, x], whole numbers of 16 bits
 */
export function sampleImage(
  { channels }: Pick<ModelCard, 'channels'>,
  size: readonly number[],
): Float32Array<ArrayBuffer> {
  const [z, y, x] = size.length === 3 ? size : [1, ...size];
  const pixels = product([...size]);
  const image = new Float32Array(channels.length * pixels);
  for (const [index] of channels.entries()) {
    const seed = 7000 + index;
    const nuclei = Math.max(2, Math.round((y * x) / PIXELS_EACH));
    const placed = placeNuclei({ size: [z, y, x], nuclei, radius: [6, 10], planeDistance: 2, seed });
    const blur: [number, number, number] = [z === 1 ? 0 : MICROSCOPE.blur[0], MICROSCOPE.blur[1], MICROSCOPE.blur[2]];
    const taken = takeImage(placed.density, placed.shape, { ...MICROSCOPE, blur, readNoise: 12, seed });
    image.set(taken, index * pixels);
  }
  return image;
}
