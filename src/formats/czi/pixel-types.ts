import { UnsupportedError } from '../../base/errors';
import { bytesPerPixel, type DType } from '../../image/dtype';

/** How pixels of a sub-block are stored. */
export interface CziPixelType {
  name: string;
  dtype: DType;
  /** values of a pixel in the file */
  stored: number;
  /** place of each value that is read among the stored ones: red, green, blue, or the only one */
  order: readonly number[];
}

const grey = (name: string, dtype: DType): CziPixelType => ({ name, dtype, stored: 1, order: [0] });
const colour = (name: string, dtype: DType, stored = 3): CziPixelType => ({ name, dtype, stored, order: [2, 1, 0] });

/** By the number in the directory entry. Transparency (Bgra32) is no measurement and is left out. */
const PIXEL_TYPES: Record<number, CziPixelType> = {
  0: grey('Gray8', 'uint8'),
  1: grey('Gray16', 'uint16'),
  2: grey('Gray32Float', 'float32'),
  3: colour('Bgr24', 'uint8'),
  4: colour('Bgr48', 'uint16'),
  8: colour('Bgr96Float', 'float32'),
  9: colour('Bgra32', 'uint8', 4),
  12: grey('Gray32', 'int32'),
  13: grey('Gray64Float', 'float64'),
};
const NOT_READ: Record<number, string> = { 10: 'complex grey', 11: 'complex colour' };

/** @throws UnsupportedError naming the number */
export function pixelTypeOf(number: number, path: string): CziPixelType {
  const type = PIXEL_TYPES[number];
  if (type) return type;
  const known = Object.values(PIXEL_TYPES).map(({ name }) => name);
  throw new UnsupportedError(
    path,
    `has pixels of type ${number} (${NOT_READ[number] ?? 'unknown'}), expected one of ${known.join(', ')}`,
  );
}

/** Bytes of one stored pixel. */
export function storedBytes({ dtype, stored }: CziPixelType): number {
  return stored * bytesPerPixel(dtype);
}
