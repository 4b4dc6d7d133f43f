import { createImageWriter, describeImage } from '../../src/formats';
import type { ImageDescription, PixelSize } from '../../src/image/description';
import { dtypeOf, type PixelArray } from '../../src/image/dtype';
import type { Shape5 } from '../../src/image/region';

/** Writes an image as OME-TIFF and describes it. */
export async function writeImage(
  file: string,
  id: string,
  shape: Shape5,
  data: PixelArray,
  pixelSize: PixelSize | null = null,
): Promise<ImageDescription> {
  const channels = Array.from({ length: shape[1] }, (_, index) => ({ index, name: `channel ${index}` }));
  const writer = await createImageWriter(file, { shape, dtype: dtypeOf(data), channels, pixelSize }, 'ome-tiff');
  await writer.write(data);
  await writer.finish();
  return describeImage(file, { id });
}
