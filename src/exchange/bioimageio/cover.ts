import { product } from '../../base/numbers';
import { planeToPng } from '../../views/thumbnail';

/** Longer side of the cover's halves. */
const SIDE = 512;

/**
 * Draws what a package shows of a model: a plane of its test image, and beside it what the model makes of it.
 * @param image [c, (z,) y, x]; of its first channel the middle plane is shown
 * @param probability [channels, (z,) y, x], from 0 to 1
 */
export async function drawCover(
  image: Float32Array,
  probability: Float32Array,
  size: readonly number[],
): Promise<Uint8Array> {
  const [height, width] = size.slice(-2);
  const plane = height * width;
  const from = size.length === 3 ? Math.floor(size[0] / 2) * plane : 0;
  const left = image.subarray(from, from + plane);
  const right = probability.subarray(from, from + plane);
  const sorted = left.slice().sort();
  const [low, high] = [sorted[Math.floor(plane * 0.005)], sorted[Math.ceil(plane * 0.995) - 1]];
  const both = new Float32Array(product([height, 2 * width]));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      both[2 * y * width + x] = (left[y * width + x] - low) / (high - low || 1);
      both[(2 * y + 1) * width + x] = right[y * width + x];
    }
  }
  return planeToPng(both, 2 * width, height, { low: 0, high: 1, maxSize: SIDE });
}
