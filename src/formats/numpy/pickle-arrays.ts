import { CorruptFileError, UnsupportedError } from '../../base/errors';
import { decodeNumbers, elementCount, type NumpyType, parseNumpyType } from './numbers';
import { type GlobalName, PickledArray, PickledGlobal, PickledType, type PickleValue } from './pickle-values';

/** NumPy 1 writes `numpy.core`, NumPy 2 `numpy._core`; `_codecs encode` carries bytes in protocol 2. */
const GLOBALS: Record<string, GlobalName> = {
  'numpy.core.multiarray _reconstruct': 'reconstruct',
  'numpy._core.multiarray _reconstruct': 'reconstruct',
  'numpy.core.multiarray scalar': 'scalar',
  'numpy._core.multiarray scalar': 'scalar',
  'numpy.core.numeric _frombuffer': 'frombuffer',
  'numpy._core.numeric _frombuffer': 'frombuffer',
  'numpy ndarray': 'ndarray',
  'numpy dtype': 'dtype',
  '_codecs encode': 'encode',
};

/** Characters of a name in a message. */
const LONGEST_NAME = 100;

/** What a pickle may still make: a few bytes of it can ask for the same array again and again. */
export interface Making {
  file: string;
  /** numbers, characters of texts, values; a list counts as some */
  left: number;
}

/** Takes what is about to be made off what may be. @throws UnsupportedError where no more may be made */
export function spend(making: Making, count: number): void {
  making.left -= count;
  if (!(making.left >= 0)) throw new UnsupportedError(making.file, 'its pickle makes more numbers than polygons have');
}

/** Finds one of NumPy's names that a pickle may refer to. @throws UnsupportedError for every name but NumPy's own */
export function findGlobal(module: string, name: string, file: string): PickledGlobal {
  const found = Object.hasOwn(GLOBALS, `${module} ${name}`) ? GLOBALS[`${module} ${name}`] : undefined;
  if (found) return new PickledGlobal(found);
  throw new UnsupportedError(
    file,
    `its pickle asks for ${`${module}.${name}`.slice(0, LONGEST_NAME)}; only NumPy's own array names are read, nothing is executed`,
  );
}

/** Makes of the arguments what NumPy's function of that name does. */
export function callGlobal(target: PickleValue, args: PickleValue, making: Making): PickleValue {
  const { file } = making;
  if (target instanceof PickledGlobal && Array.isArray(args)) {
    switch (target.name) {
      case 'reconstruct':
        return new PickledArray();
      case 'dtype':
        if (typeof args[0] === 'string') return new PickledType(parseNumpyType(args[0], file));
        break;
      case 'encode':
        if (typeof args[0] === 'string' && args[1] === 'latin1') {
          spend(making, args[0].length);
          return Buffer.from(args[0], 'latin1');
        }
        break;
      case 'scalar':
        if (args[0] instanceof PickledType && args[1] instanceof Uint8Array) return scalar(args[0].type, args[1], file);
        break;
      case 'frombuffer':
        return fromBuffer(args, making);
      case 'ndarray':
        break;
    }
  }
  throw new CorruptFileError(file, 'its pickle calls something with the wrong arguments');
}

/** Gives an array or a type its state, as `__setstate__` does. */
export function setState(target: PickleValue, state: PickleValue, making: Making): void {
  if (target instanceof PickledArray && isList(state)) {
    fillArray(target, state, making);
  } else if (target instanceof PickledType && isList(state) && isByteOrder(state[1])) {
    target.type = { ...target.type, little: state[1] !== '>' };
  } else {
    throw new CorruptFileError(making.file, 'its pickle gives a state to something that has none');
  }
}

/** State of an array: (version, shape, type, Fortran order?, bytes or a list of objects). */
function fillArray(array: PickledArray, state: PickleValue[], making: Making): void {
  const { file } = making;
  const [, shape, type, fortran, data] = state;
  if (!isShape(shape) || !(type instanceof PickledType)) throw badArray(file);
  array.shape = shape;
  if (type.type.kind !== 'O') {
    if (!(data instanceof Uint8Array)) throw badArray(file);
    spend(making, elementCount(shape, file));
    array.items = decodeNumbers(data, type.type, shape, fortran === true, file);
    return;
  }
  if (!isList(data) || data.length !== elementCount(shape, file)) throw badArray(file);
  // NumPy writes lists of objects in C order whatever the array's own order is.
  array.items = data;
}

/** Protocol 5: (bytes, type, shape, order). */
function fromBuffer([data, type, shape, order]: PickleValue[], making: Making): PickledArray {
  const { file } = making;
  const fits = data instanceof Uint8Array && type instanceof PickledType && isShape(shape) && type.type.kind !== 'O';
  if (!fits || (order !== 'C' && order !== 'F')) throw badArray(file);
  const array = new PickledArray();
  spend(making, elementCount(shape, file));
  array.shape = shape;
  array.items = decodeNumbers(data, type.type, shape, order === 'F', file);
  return array;
}

function scalar(type: NumpyType, data: Uint8Array, file: string): number {
  if (type.kind === 'O') throw badArray(file);
  return decodeNumbers(data, type, [], false, file)[0];
}

function badArray(file: string): CorruptFileError {
  return new CorruptFileError(file, 'an array in its pickle is not as NumPy writes it');
}

function isList(value: PickleValue): value is PickleValue[] {
  return Array.isArray(value);
}

function isShape(value: PickleValue): value is number[] {
  return Array.isArray(value) && value.every((n) => typeof n === 'number');
}

function isByteOrder(value: PickleValue): boolean {
  return value === '<' || value === '>' || value === '|' || value === '=';
}
