import { CorruptFileError, show, UnsupportedError } from '../../base/errors';
import { decodeNumbers, elementCount, parseNumpyType, showShape } from './numbers';
import { readPickle } from './pickle';
import { PickledArray, type PickleValue } from './pickle-values';

/** An array of a .npy file in C order: numbers, or Python objects as NumPy pickled them. */
export interface NpyArray {
  shape: number[];
  items: Float64Array | PickleValue[];
}

/** What an array in memory may have; polygons have fewer by far. */
const MOST_NUMBERS = 2 ** 22;
/** Axes and types take some dozen characters. */
const LONGEST_HEADER = 2 ** 16;

interface NpyHeader {
  descr: string;
  fortran: boolean;
  shape: number[];
  /** where the data begin */
  end: number;
}

/**
 * Reads a .npy file, formats 1 to 3: plain arrays of numbers in either byte and axis order, and object arrays, of
 * which only what NumPy writes for arrays of arrays and numbers is read.
 * @param file what the file is called in errors
 * @param most numbers that an array may have (those of polygons)
 * @throws CorruptFileError where it is truncated, longer than its header says, or no .npy file
 * @throws UnsupportedError for other types, and for pickles that hold anything else
 */
export function parseNpy(bytes: Uint8Array, file: string, most = MOST_NUMBERS): NpyArray {
  const { descr, fortran, shape, end } = parseHeader(bytes, file);
  const type = parseNumpyType(descr, file);
  const data = bytes.subarray(end);
  const elements = elementCount(shape, file);
  if (elements > most) {
    throw new UnsupportedError(file, `an array of ${elements} numbers; expected at most ${most}`);
  }
  if (type.kind !== 'O') return { shape, items: decodeNumbers(data, type, shape, fortran, file) };
  const value = readPickle(data, file);
  if (!(value instanceof PickledArray)) throw new UnsupportedError(file, 'a pickle that is no NumPy array');
  if (elementCount(value.shape, file) !== elements) {
    const what = `its header tells of shape ${showShape(shape)}, its pickle of ${showShape(value.shape)}`;
    throw new CorruptFileError(file, what);
  }
  return { shape: value.shape, items: value.items };
}

/** Makes a .npy file, format 1, of numbers in C order, of their own type. */
export function formatNpy(shape: readonly number[], numbers: Float64Array | Float32Array): Uint8Array<ArrayBuffer> {
  const ALIGNED = 64;
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '<f${numbers.BYTES_PER_ELEMENT}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const start = Math.ceil((10 + text.length + 1) / ALIGNED) * ALIGNED;
  const file = Buffer.alloc(start + numbers.byteLength);
  file.write('\x93NUMPY\x01\x00', 'latin1');
  file.writeUInt16LE(start - 10, 8);
  file.write(`${text.padEnd(start - 11)}\n`, 10, 'latin1');
  for (const [i, number] of numbers.entries()) {
    if (numbers.BYTES_PER_ELEMENT === 8) file.writeDoubleLE(number, start + 8 * i);
    else file.writeFloatLE(number, start + 4 * i);
  }
  return new Uint8Array(file.buffer as ArrayBuffer, file.byteOffset, file.byteLength);
}

function parseHeader(bytes: Uint8Array, file: string): NpyHeader {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.toString('latin1', 0, 6) !== '\x93NUMPY') throw new CorruptFileError(file, 'no .npy file (magic missing)');
  const version = buffer[6];
  if (!(version >= 1 && version <= 3)) throw new UnsupportedError(file, `.npy format ${version}; expected 1 to 3`);
  const start = version === 1 ? 10 : 12;
  if (buffer.length < start) throw new CorruptFileError(file, 'truncated in its header');
  const end = start + (version === 1 ? buffer.readUInt16LE(8) : buffer.readUInt32LE(8));
  if (buffer.length < end) throw new CorruptFileError(file, 'truncated in its header');
  if (end > LONGEST_HEADER)
    throw new UnsupportedError(file, `a header of ${end} bytes; records and the like are not read`);
  const text = buffer.toString(version === 3 ? 'utf8' : 'latin1', start, end);
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const fortran = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  if (!fortran || shape === undefined)
    throw new CorruptFileError(file, `its header is not as NumPy writes it: ${show(text.trim())}`);
  if (descr === undefined)
    throw new UnsupportedError(file, 'records (a structured NumPy type); expected an array of numbers');
  return {
    descr,
    fortran: fortran === 'True',
    shape: shape
      .split(',')
      .filter((n) => n.trim())
      .map(Number.parseFloat),
    end,
  };
}
