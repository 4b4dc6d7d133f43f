import { CorruptFileError } from '../../base/errors';
import { encodeNode, encodeTensor, encodeValue, type OnnxNode, type OnnxTensor, type OnnxValue } from './model';
import { ProtobufWriter } from './protobuf';
import { GRAPH, MODEL, readOnnx } from './read-model';
import { readFields } from './wire';

/** What becomes of a model. */
export interface Splice {
  /** computed first: one of them gives what the model's input is called */
  before: OnnxNode[];
  /** computed last, of what the model's outputs are called */
  after: OnnxNode[];
  constants: OnnxTensor[];
  /** in place of the model's own */
  inputs: OnnxValue[];
  outputs: OnnxValue[];
  /** versions of ONNX's operators and of the file that the model says it needs; absent: what it said */
  needs?: { opset: number; ir: number };
}

/**
 * Sets operators before and behind an ONNX model; its own nodes and weights are copied byte by byte. Operator sets that
 * none of its nodes is of are no longer named.
 * @param file names the model in errors
 * @throws CorruptFileError where the bytes are no ONNX model
 */
export function spliceOnnx(onnx: Uint8Array, file: string, splice: Splice): Uint8Array {
  const broken = (): never => {
    throw new CorruptFileError(file, 'is not an ONNX model');
  };
  const { opsets, operators } = readOnnx(onnx, file);
  const used = new Set(['', ...operators.map(({ domain }) => domain)]);
  const out = new ProtobufWriter();
  for (const { field, bytes, whole } of readFields(onnx, broken)) {
    if (field === MODEL.graph) out.message(MODEL.graph, splicedGraph(bytes, broken, splice));
    else if (field === MODEL.ir && splice.needs) out.integer(MODEL.ir, splice.needs.ir);
    else if (field !== MODEL.opset) out.raw(whole);
  }
  for (const [domain, version] of opsets) {
    if (!used.has(domain)) continue;
    const set = new ProtobufWriter().string(1, domain);
    out.message(MODEL.opset, set.integer(2, domain === '' ? (splice.needs?.opset ?? version) : version));
  }
  return out.finish();
}

function splicedGraph(
  graph: Uint8Array,
  broken: () => never,
  { before, after, constants, inputs, outputs }: Splice,
): ProtobufWriter {
  const fields = [...readFields(graph, broken)];
  const out = new ProtobufWriter();
  for (const node of before) out.message(GRAPH.node, encodeNode(node));
  for (const { field, whole } of fields) if (field === GRAPH.node) out.raw(whole);
  for (const node of after) out.message(GRAPH.node, encodeNode(node));
  for (const tensor of constants) out.message(GRAPH.initialiser, encodeTensor(tensor));
  const replaced: number[] = [GRAPH.node, GRAPH.input, GRAPH.output];
  for (const { field, whole } of fields) if (!replaced.includes(field)) out.raw(whole);
  for (const value of inputs) out.message(GRAPH.input, encodeValue(value));
  for (const value of outputs) out.message(GRAPH.output, encodeValue(value));
  return out;
}
