import { exactInteger, halfFloat } from '../../base/numbers';
import { allocate, type DType, type PixelArray, viewAs } from '../../image/dtype';

/** How pixels lie in chunks, and the pixel type that they are given as. */
export interface StoredType {
  /** as in the metadata */
  name: string;
  dtype: DType;
  /** the type of array that its bytes are looked at through: as wide, for some have no array of their own */
  raw: DType | 'int64' | 'uint64';
  bytes: number;
}

/** Types of zarr v3 that are read; those of v2 are named by these. */
const TYPES: readonly StoredType[] = [
  plain('uint8', 1),
  plain('int8', 1),
  plain('uint16', 2),
  plain('int16', 2),
  plain('uint32', 4),
  plain('int32', 4),
  plain('float32', 4),
  plain('float64', 8),
  { name: 'bool', dtype: 'uint8', raw: 'uint8', bytes: 1 },
  { name: 'float16', dtype: 'float32', raw: 'uint16', bytes: 2 },
  // Pixels beyond 2^53 would change their value: they are an error when they are met.
  { name: 'int64', dtype: 'float64', raw: 'int64', bytes: 8 },
  { name: 'uint64', dtype: 'float64', raw: 'uint64', bytes: 8 },
];

function plain(dtype: DType, bytes: number): StoredType {
  return { name: dtype, dtype, raw: dtype, bytes };
}

/** Finds a data type by its name in Zarr v3; null for one that is not read. */
export function storedType(name: string): StoredType | null {
  return TYPES.find((type) => type.name === name) ?? null;
}

/** Reads the type and byte order of a v2 `dtype`, for example "<u2"; null for what is not read. */
export function v2Type(dtype: string): { type: StoredType; bigEndian: boolean } | null {
  const found = /^([<>|])([uifb])([1248])$/.exec(dtype);
  if (!found) return null;
  const [, order, kind, size] = found;
  const bits = Number(size) * 8;
  const name = { u: `uint${bits}`, i: `int${bits}`, f: `float${bits}`, b: bits === 8 ? 'bool' : '' }[kind] ?? '';
  const type = storedType(name);
  return type && { type, bigEndian: order === '>' };
}

/** An integer that a double cannot hold. */
export class InexactPixel extends Error {
  constructor(value: bigint) {
    super(`holds the pixel ${value}, beyond 2^53: 64-bit integers are read only where float64 holds them exactly`);
  }
}

/** Gives decoded bytes, in this machine's order, as pixels of the type's `dtype`. @throws InexactPixel */
export function toPixels(bytes: Uint8Array<ArrayBuffer>, type: StoredType): PixelArray {
  const stored = storedAs(bytes, type.raw);
  if (stored instanceof BigInt64Array || stored instanceof BigUint64Array) {
    const pixels = allocate('float64', stored.length);
    for (let i = 0; i < stored.length; i++) {
      const value = exactInteger(stored[i]);
      if (value === null) throw new InexactPixel(stored[i]);
      pixels[i] = value;
    }
    return pixels;
  }
  if (type.name !== 'float16') return stored;
  const pixels = allocate('float32', stored.length);
  for (let i = 0; i < stored.length; i++) pixels[i] = halfFloat(stored[i]);
  return pixels;
}

function storedAs(bytes: Uint8Array<ArrayBuffer>, raw: StoredType['raw']): PixelArray | BigInt64Array | BigUint64Array {
  const length = bytes.byteLength / 8;
  if (raw === 'int64') return new BigInt64Array(bytes.buffer, bytes.byteOffset, length);
  if (raw === 'uint64') return new BigUint64Array(bytes.buffer, bytes.byteOffset, length);
  return viewAs(raw, bytes);
}

const WORDS: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

/** Reads the value of absent pixels as metadata give it, or null where it is none of the type's; nothing stands for 0. */
export function fillOf(given: unknown, { name, dtype }: StoredType): number | null {
  if (given === null || given === undefined) return 0;
  if (typeof given === 'boolean') return name === 'bool' ? Number(given) : null;
  const isFloat = name.startsWith('float');
  if (typeof given === 'string') return isFloat ? (WORDS.get(given) ?? fillFromBits(given, name)) : null;
  if (typeof given !== 'number') return null;
  if (isFloat) return given;
  // An array of the type holds what fits it and wraps or cuts what does not.
  const held = allocate(dtype, 1);
  held[0] = given;
  const exact = Number.isInteger(given) && held[0] === given && Math.abs(given) <= 2 ** 53;
  return exact && !(name === 'uint64' && given < 0) ? given : null;
}

/** A float's bits in hexadecimal, as zarr v3 may give it. */
function fillFromBits(text: string, name: string): number | null {
  const size = Number(name.slice('float'.length)) / 4;
  if (text.length !== 2 + size || !/^0x[0-9a-f]+$/i.test(text)) return null;
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(text));
  if (size === 4) return halfFloat(view.getUint16(6));
  return size === 8 ? view.getFloat32(4) : view.getFloat64(0);
}
