import { CorruptFileError } from '../../base/errors';
import { readFields, textOf, type WireField } from './wire';

/** An input or output of a graph. */
export interface OnnxEnd {
  name: string;
  /** number of ONNX's element type, 1: float32; null: it is no tensor */
  type: number | null;
  /** a number where the size is fixed, else its name, or null; null where nothing is said of the axes */
  shape: Array<number | string | null> | null;
}

/** What an ONNX model says of itself, without its weights. */
export interface OnnxFacts {
  /** versions of operator sets by their domain; `''` is ONNX's own */
  opsets: Map<string, number>;
  /** without what has a value in the file */
  inputs: OnnxEnd[];
  outputs: OnnxEnd[];
  /** `domain` and type of each operator that occurs, those of nested graphs too */
  operators: Array<{ domain: string; type: string }>;
  /** domains of the functions that it brings along */
  functions: Set<string>;
  /** names of all that its nodes give */
  tensors: Set<string>;
}

/** Field numbers of onnx.proto. */
export const MODEL = { ir: 1, graph: 7, opset: 8, function: 25 } as const;
export const GRAPH = { node: 1, initialiser: 5, input: 11, output: 12, sparse: 15 } as const;
const NODE = { output: 2, type: 4, attribute: 5, domain: 7 } as const;
const FUNCTION = { node: 7, domain: 10 } as const;
const ATTRIBUTE = { graph: 6, graphs: 11 } as const;
/** Protocol Buffers themselves refuse what is nested deeper. */
const DEEPEST = 100;

/**
 * Reads what an ONNX model says of itself.
 * @param file names the model in errors
 * @throws CorruptFileError where the bytes are no ONNX model
 */
export function readOnnx(onnx: Uint8Array, file: string): OnnxFacts {
  const broken = (): never => {
    throw new CorruptFileError(file, 'is not an ONNX model');
  };
  const fields = (bytes: Uint8Array) => [...readFields(bytes, broken)];
  const operators = new Map<string, { domain: string; type: string }>();
  const [tensors, functions] = [new Set<string>(), new Set<string>()];

  const readNode = (bytes: Uint8Array, depth: number): void => {
    if (depth > DEEPEST) broken();
    let [type, domain] = ['', ''];
    for (const one of fields(bytes)) {
      if (one.field === NODE.output) tensors.add(textOf(one));
      if (one.field === NODE.type) type = textOf(one);
      if (one.field === NODE.domain) domain = textOf(one);
      if (one.field !== NODE.attribute) continue;
      for (const inner of fields(one.bytes)) {
        if (inner.field !== ATTRIBUTE.graph && inner.field !== ATTRIBUTE.graphs) continue;
        for (const node of fields(inner.bytes)) if (node.field === GRAPH.node) readNode(node.bytes, depth + 1);
      }
    }
    operators.set(`${domain} ${type}`, { domain, type });
  };

  const model = fields(onnx);
  const graph = fields(model.find(({ field }) => field === MODEL.graph)?.bytes ?? broken());
  const opsets = new Map<string, number>();
  for (const { field, bytes } of model) {
    if (field === MODEL.opset) {
      const parts = fields(bytes);
      const domain = parts.find((one) => one.field === 1);
      opsets.set(domain ? textOf(domain) : '', parts.find((one) => one.field === 2)?.value ?? 0);
    }
    if (field !== MODEL.function) continue;
    for (const one of fields(bytes)) {
      if (one.field === FUNCTION.node) readNode(one.bytes, 0);
      if (one.field === FUNCTION.domain) functions.add(textOf(one));
    }
  }
  for (const { field, bytes } of graph) if (field === GRAPH.node) readNode(bytes, 0);
  const named = (bytes: Uint8Array) => fields(bytes).flatMap((one) => (one.field === 8 ? [textOf(one)] : []));
  const known = new Set(graph.flatMap(({ field, bytes }) => (field === GRAPH.initialiser ? named(bytes) : [])));
  const ends = (wanted: number) => graph.filter(({ field }) => field === wanted).map((one) => readEnd(one, fields));
  return {
    opsets,
    inputs: ends(GRAPH.input).filter(({ name }) => !known.has(name)),
    outputs: ends(GRAPH.output),
    operators: [...operators.values()],
    functions,
    tensors,
  };
}

function readEnd({ bytes }: WireField, fields: (bytes: Uint8Array) => WireField[]): OnnxEnd {
  const end: OnnxEnd = { name: '', type: null, shape: null };
  for (const one of fields(bytes)) {
    if (one.field === 1) end.name = textOf(one);
    if (one.field !== 2) continue;
    const tensor = fields(one.bytes).find(({ field }) => field === 1);
    for (const part of tensor ? fields(tensor.bytes) : []) {
      if (part.field === 1) end.type = part.value;
      if (part.field !== 2) continue;
      end.shape = fields(part.bytes)
        .filter(({ field }) => field === 1)
        .map((size) => {
          const [known] = fields(size.bytes);
          if (!known) return null;
          return known.field === 1 ? known.value : known.field === 2 ? textOf(known) : null;
        });
    }
  }
  return end;
}
