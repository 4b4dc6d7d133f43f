/** The pixel types that images may have; names as in NumPy. */
export const DTYPES = ['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'float32', 'float64'] as const;
export type DType = (typeof DTYPES)[number];

interface ArrayOf {
  uint8: Uint8Array<ArrayBuffer>;
  int8: Int8Array<ArrayBuffer>;
  uint16: Uint16Array<ArrayBuffer>;
  int16: Int16Array<ArrayBuffer>;
  uint32: Uint32Array<ArrayBuffer>;
  int32: Int32Array<ArrayBuffer>;
  float32: Float32Array<ArrayBuffer>;
  float64: Float64Array<ArrayBuffer>;
}
export type PixelArray = ArrayOf[DType];

const CONSTRUCTORS = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** Gives the bytes that a pixel of a type takes. */
export function bytesPerPixel(dtype: DType): number {
  return CONSTRUCTORS[dtype].BYTES_PER_ELEMENT;
}

/** Tells whether a type holds floating-point numbers. */
export function isFloat(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float64';
}

/** Makes a zeroed array of `length` pixels. */
export function allocate<D extends DType>(dtype: D, length: number): ArrayOf[D] {
  return new CONSTRUCTORS[dtype](length) as ArrayOf[D];
}

/** Sees bytes as pixels: a view where the bytes are aligned, a copy where they are not. Little-endian hosts. */
export function viewAs<D extends DType>(dtype: D, bytes: Uint8Array): ArrayOf[D] {
  const size = bytesPerPixel(dtype);
  const source = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return new CONSTRUCTORS[dtype](
    source.buffer as ArrayBuffer,
    source.byteOffset,
    source.byteLength / size,
  ) as ArrayOf[D];
}

/** Gives the pixels' bytes, as a view. */
export function bytesOf(pixels: PixelArray): Uint8Array<ArrayBuffer> {
  return new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
}

/** Finds the type of an array of pixels. */
export function dtypeOf(pixels: PixelArray): DType {
  const found = DTYPES.find((dtype) => pixels instanceof CONSTRUCTORS[dtype]);
  if (!found) throw new TypeError('internal: not a pixel array');
  return found;
}
