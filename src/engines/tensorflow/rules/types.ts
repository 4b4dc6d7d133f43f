import type { NodeOf } from '../../../graph/lowering/types';
import type { Node, Op } from '../../../graph/ops';
import type { NativeTensor, TensorFlow } from '../library';

/** What a rule may use beside its inputs. */
export interface Run {
  readonly tf: TensorFlow;
  /** what rules keep with a node's value for others that use the same value; goes when the value goes */
  readonly kept: Map<Node, Map<string, NativeTensor>>;
}

/** Computes one node from its inputs' tensors, all in stored order; the result is a new tensor. */
export type Rule<K extends Op> = (run: Run, node: NodeOf<K>, inputs: NativeTensor[]) => NativeTensor;

/** How every operation is computed; `input` values are fed. */
export type Rules = { [K in Exclude<Op, 'input'>]: Rule<K> };
