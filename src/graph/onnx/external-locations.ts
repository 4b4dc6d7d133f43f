import { CorruptFileError } from '../../base/errors';
import { readFields, textOf } from './wire';

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

  const walk = (message: Message, bytes: Uint8Array, depth: number): void => {
    if (depth > DEEPEST) broken();
    const entry = new Map<number, string>();
    for (const one of readFields(bytes, broken)) {
      if (one.wire !== 2) continue;
      if (message === 'entry') entry.set(one.field, textOf(one));
      const inner = (MESSAGES[message] as Record<number, Message | undefined>)[one.field];
      if (inner) walk(inner, one.bytes, depth + 1);
    }
    if (message === 'entry' && entry.get(KEY) === LOCATION) found.add(entry.get(VALUE) ?? '');
  };

  walk('model', onnx, 0);
  return [...found];
}
