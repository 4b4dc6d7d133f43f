import type { OnnxEmitter, Tensor } from '../onnx/emitter';
import type { AnyNode, Op } from '../ops';

export type NodeOf<K extends Op> = Extract<AnyNode, { op: K }>;

/** Emits the ONNX operators of one node; `inputs` are its inputs' tensors. */
export type Lowering<K extends Op> = (emit: OnnxEmitter, node: NodeOf<K>, inputs: Tensor[]) => Tensor;

/** How every operation is written for one kind of device. */
export type Lowerings = { [K in Op]: Lowering<K> };
