import { SegmenterError } from '../base/errors';
import { allocate, bytesPerPixel, type DType, type PixelArray } from '../image/dtype';
import { count, type Shape5 } from '../image/region';

/** Room for a block of an image. @throws SegmenterError `invalid-input` where memory does not hold it */
export function allocateBlock(dtype: DType, size: Shape5, path: string): PixelArray {
  try {
    return allocate(dtype, count(size));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const gigabytes = ((count(size) * bytesPerPixel(dtype)) / 2 ** 30).toFixed(1);
    throw new SegmenterError(
      'invalid-input',
      `${path}: a block of [${size}] ${dtype} pixels (${gigabytes} GiB) does not fit into memory; read smaller regions`,
      { path, size },
      { cause: error },
    );
  }
}
