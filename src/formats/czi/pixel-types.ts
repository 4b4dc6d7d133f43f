import { UnsupportedError } from '../../base/errors';
import { bytesPerPixel, type DType } from '../../image/dtype';

/** How the pixels of a sub-block are stored: `samples` values of `dtype`, colours interleaved as blue, green, red. */
export interface PixelType {
  name: string;
  dtype: DType;
  samples: number;
}

/** Pixel type numbers of the directory that are read. */
const PIXEL_TYPES: Record<number, PixelType> = {
  0: { name: 'Gray8', dtype: 'uint8', samples: 1 },
  1: { name: 'Gray16', dtype: 'uint16', samples: 1 },
  2: { name: 'Gray32Float', dtype: 'float32', samples: 1 },
  3: { name: 'Bgr24', dtype: 'uint8', samples: 3 },
  4: { name: 'Bgr48', dtype: 'uint16', samples: 3 },
  8: { name: 'Bgr96Float', dtype: 'float32', samples: 3 },
  9: { name: 'Bgra32', dtype: 'uint8', samples: 4 },
  12: { name: 'Gray32', dtype: 'int32', samples: 1 },
  13: { name: 'Gray64Float', dtype: 'float64', samples: 1 },
};

/** Names for the message about a file that is not read. */
const NOT_READ: Record<number, string> = { 10: 'complex grey', 11: 'complex colour' };

/** Finds the pixel type with a number of the directory; undefined for one that is not read. */
export function knownPixelType(id: number): PixelType | undefined {
  return PIXEL_TYPES[id];
}

/** Finds the pixel type with a number of the directory. @throws UnsupportedError naming the pixel type */
export function pixelTypeOf(id: number, path: string): PixelType {
  const type = knownPixelType(id);
  if (type) return type;
  const known = Object.values(PIXEL_TYPES).map(({ name }) => name);
  throw new UnsupportedError(
    path,
    `has pixels of the type ${NOT_READ[id] ?? 'unknown'} (${id}); expected ${known.join(', ')}`,
  );
}

/** Counts the bytes of one stored pixel, all samples. */
export function pixelBytes({ dtype, samples }: PixelType): number {
  return samples * bytesPerPixel(dtype);
}

/** Says where sample 0 (red), 1 (green), 2 (blue), 3 (alpha) of a pixel is stored. */
export function storedSample(sample: number, { samples }: PixelType): number {
  return samples >= 3 && sample < 3 ? 2 - sample : sample;
}

/**
 * Finds the narrowest type that holds every value of all given types unchanged: integers of 8 and 16 bits are exact in
 * int32 and float32, those of 32 bits only in float64.
 */
export function commonType(types: Iterable<DType>): DType {
  const all = new Set(types);
  if (all.size === 1) return [...all][0];
  if (all.has('float64') || (all.has('float32') && all.has('int32'))) return 'float64';
  if (all.has('float32')) return 'float32';
  return all.has('int32') ? 'int32' : 'uint16';
}
