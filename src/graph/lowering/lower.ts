import { isOp, topological } from '../builder';
import { OnnxEmitter, type Tensor } from '../onnx/emitter';
import { encodeModel, type OnnxValue } from '../onnx/model';
import type { Node, Op } from '../ops';
import type { Lowering, Lowerings, NodeOf } from './types';

export interface LowerOptions {
  name: string;
  lowerings: Lowerings;
  /** names for the sizes of an input or output that are known only at run time; default: all are fixed */
  dynamic?: (name: string, shape: readonly number[]) => ReadonlyArray<number | string>;
}

/** Writes a graph as the bytes of an ONNX model: every `input` node is an input, `outputs` its named results. */
export function lower(outputs: Record<string, Node>, options: LowerOptions): Uint8Array {
  const emit = new OnnxEmitter();
  const tensors = new Map<Node, Tensor>();
  const inputs: OnnxValue[] = [];
  const sizes = options.dynamic ?? ((_, shape) => shape);
  for (const node of topological(Object.values(outputs))) {
    const lowering = options.lowerings[node.op] as Lowering<Op>;
    const tensor = lowering(
      emit,
      node as NodeOf<Op>,
      node.inputs.map((x) => tensors.get(x) as Tensor),
    );
    tensors.set(node, tensor);
    if (isOp(node, 'input')) {
      const { name, shape } = node.attributes;
      inputs.push({ name, shape: sizes(name, shape) });
    }
  }
  const results = Object.entries(outputs).map(([name, node]) => {
    const tensor = tensors.get(node) as Tensor;
    emit.nodes.push({ type: 'Identity', inputs: [tensor.name], output: name, attributes: {} });
    return { name, shape: sizes(name, tensor.shape) };
  });
  emit.keepOnly(Object.keys(outputs));
  return encodeModel({ name: options.name, nodes: emit.nodes, constants: emit.constants, inputs, outputs: results });
}
