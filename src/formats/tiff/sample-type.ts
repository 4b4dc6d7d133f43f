import { UnsupportedError } from '../../base/errors';
import { bytesPerPixel, type DType } from '../../image/dtype';
import type { Directory } from './directory';
import { TAG } from './tags';

/** How the samples of a page are stored, and the type they are read as. */
export interface SampleType {
  kind: 'unsigned' | 'signed' | 'float';
  bits: number;
  /** the smallest type of this library that holds every value; float64 for integers of more than 32 bits */
  dtype: DType;
}

const KINDS: Record<number, SampleType['kind']> = { 1: 'unsigned', 2: 'signed', 3: 'float', 4: 'unsigned' };
const KIND_NAMES: Record<number, string> = { 5: 'complex integer', 6: 'complex' };
const FLOATS: Record<number, DType> = { 16: 'float32', 24: 'float32', 32: 'float32', 64: 'float64' };

/**
 * Gives the type of a page's samples (tags BitsPerSample and SampleFormat; "undefined" is read as unsigned).
 * @throws UnsupportedError where samples differ or are complex numbers
 */
export function sampleType(directory: Directory, samples: number): SampleType {
  const { path } = directory.tiff.file;
  const allBits = directory.has(TAG.BitsPerSample) ? directory.numbers(TAG.BitsPerSample) : [1];
  const formats = directory.has(TAG.SampleFormat) ? directory.numbers(TAG.SampleFormat) : [1];
  const differ = (values: number[]) => values.slice(0, samples).some((value) => value !== values[0]);
  if (differ(allBits) || differ(formats)) {
    throw new UnsupportedError(path, `${directory.name} has samples of different types (${allBits} bits)`);
  }
  const [bits] = allBits;
  const kind = KINDS[formats[0]];
  const dtype = kind && dtypeFor(kind, bits);
  if (dtype) return { kind, bits, dtype };
  throw new UnsupportedError(
    path,
    `${directory.name} has ${bits}-bit ${kind ?? KIND_NAMES[formats[0]] ?? `unknown (${formats[0]})`} samples; expected integers of 1 to 64 bits or floats of 16, 24, 32 or 64`,
  );
}

/** Tells whether stored samples are the pixels' bytes, but for their order. */
export function isPlain({ kind, bits, dtype }: SampleType): boolean {
  return bits === 8 * bytesPerPixel(dtype) && (kind === 'float') === dtype.startsWith('float');
}

/** Tells whether samples are stored alike: of the same kind and bits. */
export function sameType(a: SampleType, b: SampleType): boolean {
  return a.kind === b.kind && a.bits === b.bits;
}

/** Names a type in messages: `16-bit unsigned integer`. */
export function typeName({ kind, bits }: SampleType): string {
  return `${bits}-bit ${kind === 'float' ? 'float' : `${kind} integer`}`;
}

function dtypeFor(kind: SampleType['kind'], bits: number): DType | undefined {
  if (kind === 'float') return FLOATS[bits];
  if (!Number.isInteger(bits) || bits < 1 || bits > 64) return undefined;
  if (bits > 32) return 'float64';
  const wide = bits > 16 ? 32 : bits > 8 ? 16 : 8;
  return kind === 'signed' ? `int${wide}` : `uint${wide}`;
}
