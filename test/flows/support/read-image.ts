import { openImage } from '../../../src/formats';
import type { PixelArray } from '../../../src/image/dtype';
import { wholeRegion } from '../../../src/image/region';

/** All pixels of an image file. */
export async function readImage(path: string): Promise<PixelArray> {
  const source = await openImage(path);
  try {
    return await source.read(wholeRegion(source.info.levels[0]));
  } finally {
    await source.close();
  }
}
