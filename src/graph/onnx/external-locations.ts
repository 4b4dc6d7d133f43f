import { CorruptFileError } from '../../base/errors';

/** The messages of ONNX that lead to tensors: by field number, what is in it (onnx.proto). */
const MESSAGES = {
  model: { 7: 'graph', 20: 'trainingInfo', 25: 'function' },
  trainingInfo: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparseTensor' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparseTensor', 23: 'sparseTensor' },
  sparseTensor: { 1: 'tensor', 2: 'tensor' },
  tensor: { 13: 'entry' },
  entry: {},
} as const;
type Message = keyof typeof MESSAGES;

/** Fields of a tensor's entry; the one with this key names the file. */
const [KEY, VALUE, LOCATION] = [1, 2, 'location'];
/** Protocol Buffers themselves refuse what is nested deeper. */
const DEEPEST = 100;

/**
 * The files that an ONNX model keeps tensors in, as it calls them.
 * @param file names the model in errors
 * @throws CorruptFileError where the bytes are not a Protocol Buffers message
 */
export function externalLocations(onnx: Uint8Array, file: string): string[] {
  const found = new Set<string>();
  const broken = (): never => {
    throw new CorruptFileError(file, 'is not an ONNX model');
  };

  const walk = (message: Message, start: number, end: number, depth: number): void => {
    if (depth > DEEPEST) broken();
    let at = start;
    const varint = (): number => {
      for (let value = 0, factor = 1; ; factor *= 128) {
        if (at >= end || factor > 2 ** 63) broken();
        const byte = onnx[at++];
        value += (byte % 128) * factor;
        if (byte < 128) return value;
      }
    };
    const entry = new Map<number, string>();
    while (at < end) {
      const tag = varint();
      const [field, wire] = [Math.floor(tag / 8), tag % 8];
      if (field === 0) broken();
      let length = 0;
      if (wire === 0) varint();
      else if (wire === 1) length = 8;
      else if (wire === 5) length = 4;
      else if (wire === 2) length = varint();
      else broken();
      if (length > end - at) broken();
      if (wire === 2 && message === 'entry') entry.set(field, Buffer.from(onnx.subarray(at, at + length)).toString());
      const inner = (MESSAGES[message] as Record<number, Message | undefined>)[field];
      if (wire === 2 && inner) walk(inner, at, at + length, depth + 1);
      at += length;
    }
    if (message === 'entry' && entry.get(KEY) === LOCATION) found.add(entry.get(VALUE) ?? '');
  };

  walk('model', 0, onnx.length, 0);
  return [...found];
}
