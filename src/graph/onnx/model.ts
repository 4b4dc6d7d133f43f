import { ProtobufWriter } from './protobuf';

/** Field numbers and constants below are those of onnx.proto (ONNX IR version 8). */
const FLOAT = 1;
const INT64 = 7;
const DOUBLE = 11;
const OPSET = 17;

export type Attribute = number | number[] | { float: number } | { floats: number[] } | { text: string };

export interface OnnxNode {
  type: string;
  domain?: string;
  inputs: string[];
  output: string;
  /** further outputs, of operators that must have them */
  others?: string[];
  attributes: Record<string, Attribute>;
}

export interface OnnxTensor {
  name: string;
  shape: readonly number[];
  data: Float32Array | Float64Array | BigInt64Array;
}

/** A graph input or output, float32; a string is a size known only at run time. */
export interface OnnxValue {
  name: string;
  shape: ReadonlyArray<number | string>;
}

export interface OnnxGraph {
  name: string;
  nodes: OnnxNode[];
  constants: OnnxTensor[];
  inputs: OnnxValue[];
  outputs: OnnxValue[];
}

/** The bytes of an ONNX model (ModelProto), opset 17 and ONNX Runtime's own operators. */
export function encodeModel(graph: OnnxGraph): Uint8Array {
  const model = new ProtobufWriter().integer(1, 8).string(2, 'node-red-segmenter').message(7, encodeGraph(graph));
  const domains = new Set(['', 'com.microsoft', ...graph.nodes.map((node) => node.domain ?? '')]);
  for (const domain of domains) {
    model.message(8, new ProtobufWriter().string(1, domain).integer(2, domain === '' ? OPSET : 1));
  }
  return model.finish();
}

function encodeGraph(graph: OnnxGraph): ProtobufWriter {
  const out = new ProtobufWriter();
  for (const node of graph.nodes) out.message(1, encodeNode(node));
  out.string(2, graph.name);
  for (const tensor of graph.constants) out.message(5, encodeTensor(tensor));
  for (const value of graph.inputs) out.message(11, encodeValue(value));
  for (const value of graph.outputs) out.message(12, encodeValue(value));
  return out;
}

export function encodeNode({ type, domain, inputs, output, others = [], attributes }: OnnxNode): ProtobufWriter {
  const out = new ProtobufWriter();
  for (const input of inputs) out.string(1, input);
  out.string(2, output);
  for (const other of others) out.string(2, other);
  out.string(3, output).string(4, type);
  for (const [name, value] of Object.entries(attributes)) out.message(5, encodeAttribute(name, value));
  if (domain) out.string(7, domain);
  return out;
}

function encodeAttribute(name: string, value: Attribute): ProtobufWriter {
  const out = new ProtobufWriter().string(1, name);
  if (typeof value === 'number') return out.integer(3, value).integer(20, 2);
  if ('float' in value) return out.float(2, value.float).integer(20, 1);
  if ('floats' in value) {
    for (const item of value.floats) out.float(7, item);
    return out.integer(20, 6);
  }
  if ('text' in value) return out.string(4, value.text).integer(20, 3);
  for (const item of value) out.integer(8, item);
  return out.integer(20, 7);
}

export function encodeTensor({ name, shape, data }: OnnxTensor): ProtobufWriter {
  const out = new ProtobufWriter();
  for (const n of shape) out.integer(1, n);
  const type = data instanceof Float32Array ? FLOAT : data instanceof Float64Array ? DOUBLE : INT64;
  out.integer(2, type).string(8, name);
  return out.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

export function encodeValue({ name, shape }: OnnxValue): ProtobufWriter {
  const dims = new ProtobufWriter();
  for (const n of shape) {
    const dim = new ProtobufWriter();
    dims.message(1, typeof n === 'number' ? dim.integer(1, n) : dim.string(2, n));
  }
  const tensor = new ProtobufWriter().integer(1, FLOAT).message(2, dims);
  return new ProtobufWriter().string(1, name).message(2, new ProtobufWriter().message(1, tensor));
}
