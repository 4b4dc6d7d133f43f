import type { AnyNode, Node, Op } from '../../../graph/ops';
import type { Tensor, TensorFlow } from '../library';

export type NodeOf<K extends Op> = Extract<AnyNode, { op: K }>;

/** What a rule may use beside its inputs. */
export interface Run {
  readonly tf: TensorFlow;
  /** what rules keep with a node's value for others that use the same value; goes when the value goes */
  readonly kept: Map<Node, Map<string, Tensor>>;
}

/** Computes one node from its inputs' tensors, all in stored order; the result is a new tensor. */
export type Rule<K extends Op> = (run: Run, node: NodeOf<K>, inputs: Tensor[]) => Tensor;

/** How every operation is computed; `input` values are fed. */
export type Rules = { [K in Exclude<Op, 'input'>]: Rule<K> };
