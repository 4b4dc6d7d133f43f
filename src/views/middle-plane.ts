import { throwIfCancelled } from '../base/errors';
import type { OpenPicture, PictureContext } from './open-picture';

/** Of a stack: planes that are looked at, bands of each, and pixels of a plane, about. */
const PLANES = 64;
const BANDS = 8;
const PIXELS = 2 ** 18;

/**
 * Finds the plane in the middle of what is foreground: half of it lies above, half below. Looks at some rows of planes spread
 * over the stack, on the smallest level that its file holds.
 * @param above values above this are foreground
 * @returns null where nothing was found
 */
export async function middlePlane(
  picture: OpenPicture,
  t: number,
  above: number,
  { signal }: PictureContext,
): Promise<number | null> {
  const depth = picture.shape[2];
  if (depth === 1) return 0;
  const stored = picture.levels.reduce((last, level) => level.stored ?? last, 0);
  const [, , , height, width] = (await picture.reader(stored)).shape;
  const planes = Math.min(PLANES, depth);
  const whole = height * width <= PIXELS;
  const bands = whole ? 1 : Math.min(BANDS, height);
  const rows = whole ? height : Math.max(1, Math.floor(PIXELS / (bands * width)));
  const counts: Array<{ z: number; count: number }> = [];
  for (let i = 0; i < planes; i++) {
    throwIfCancelled(signal, 'looking for what is foreground');
    const z = Math.floor(((2 * i + 1) * depth) / (2 * planes));
    let count = 0;
    for (let band = 0; band < bands; band++) {
      const y = Math.min(height - rows, Math.floor(((2 * band + 1) * height) / (2 * bands) - rows / 2));
      const pixels = await picture.read(
        stored,
        { start: [t, 0, z, Math.max(0, y), 0], size: [1, 1, 1, rows, width] },
        signal,
      );
      for (let j = 0; j < pixels.length; j++) if (pixels[j] > above) count++;
    }
    counts.push({ z, count });
  }
  const half = counts.reduce((sum, { count }) => sum + count, 0) / 2;
  if (half === 0) return null;
  let before = 0;
  for (const { z, count } of counts) {
    before += count;
    if (before >= half) return z;
  }
  return null;
}
