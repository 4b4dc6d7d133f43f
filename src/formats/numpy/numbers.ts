import { CorruptFileError, show, UnsupportedError } from '../../base/errors';
import { product } from '../../base/numbers';

/** A NumPy number type; `O` stands for Python objects. */
export interface NumpyType {
  kind: 'f' | 'i' | 'u' | 'b' | 'O';
  /** bytes each */
  size: number;
  little: boolean;
}

type Read = (view: DataView, at: number, little: boolean) => number;

const READERS: Record<string, Read> = {
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  b1: (view, at) => view.getUint8(at),
};

/**
 * Reads a type as NumPy writes it: `<f8`, `>i2`, `|u1`, `|O`.
 * @throws UnsupportedError for types that hold no real numbers
 */
export function parseNumpyType(text: string, file: string): NumpyType {
  const match = /^([<>|=]?)([fiubO])(\d*)$/.exec(text);
  const kind = match?.[2] as NumpyType['kind'] | undefined;
  if (!match || !kind || (kind !== 'O' && !READERS[kind + match[3]])) {
    throw new UnsupportedError(file, `numbers of NumPy type ${show(text)}; expected floats or integers`);
  }
  return { kind, size: Number(match[3]) || 8, little: match[1] !== '>' };
}

/**
 * Decodes numbers of any NumPy type as float64, in C order.
 * @param fortran whether the bytes run through the first axis fastest
 * @throws CorruptFileError where the bytes do not fill the shape exactly, or an integer exceeds 2^53
 */
export function decodeNumbers(
  bytes: Uint8Array,
  type: NumpyType,
  shape: readonly number[],
  fortran: boolean,
  file: string,
): Float64Array {
  const length = elementCount(shape, file);
  if (bytes.byteLength !== length * type.size) {
    const what = `an array of shape ${showShape(shape)} takes ${length * type.size} bytes, ${bytes.byteLength} are there`;
    throw new CorruptFileError(file, what);
  }
  const read = READERS[type.kind + type.size];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const value = read(view, i * type.size, type.little);
    if (type.kind !== 'f' && !Number.isSafeInteger(value)) {
      throw new CorruptFileError(file, `the integer ${value} is too large for a coordinate`);
    }
    numbers[i] = value;
  }
  return fortran ? toCOrder(numbers, shape) : numbers;
}

/** Counts the elements of elements of a shape read from a file. @throws CorruptFileError where it is no shape */
export function elementCount(shape: readonly number[], file: string): number {
  const length = product(shape);
  if (!shape.every((n) => Number.isInteger(n) && n >= 0) || !Number.isSafeInteger(length)) {
    throw new CorruptFileError(file, `impossible array shape ${showShape(shape)}`);
  }
  return length;
}

/** Writes a shape as Python does, the first axes of many. */
export function showShape(shape: readonly number[]): string {
  return `(${shape.slice(0, SHOWN_AXES).join(', ')}${shape.length > SHOWN_AXES ? ', ...' : ''})`;
}

const SHOWN_AXES = 8;

/** Numbers stored with the first axis fastest, put into C order (last axis fastest). */
function toCOrder(items: Float64Array, shape: readonly number[]): Float64Array {
  const result = new Float64Array(items.length);
  const position = shape.map(() => 0);
  for (let i = 0; i < items.length; i++) {
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) from = from * shape[axis] + position[axis];
    result[i] = items[from];
    for (let axis = shape.length - 1; axis >= 0 && ++position[axis] === shape[axis]; axis--) position[axis] = 0;
  }
  return result;
}
