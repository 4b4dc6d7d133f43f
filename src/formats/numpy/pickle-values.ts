import type { NumpyType } from './numbers';

/** The names that NumPy refers to; each stands for a function of pickle-numpy. */
export type GlobalName = 'reconstruct' | 'ndarray' | 'dtype' | 'scalar' | 'frombuffer' | 'encode';

/** A reference to one of the names. */
export class PickledGlobal {
  constructor(readonly name: GlobalName) {}
}

/** A NumPy type; its byte order is set after it was made. */
export class PickledType {
  constructor(public type: NumpyType) {}
}

/** A NumPy array under construction: numbers, or Python objects, in C order. */
export class PickledArray {
  shape: number[] = [0];
  items: Float64Array | PickleValue[] = [];
}

/** What a pickle of NumPy arrays can hold; lists and tuples are both lists here. */
export type PickleValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | PickleValue[]
  | PickledGlobal
  | PickledType
  | PickledArray;
