import type { Node, NodeAPI } from 'node-red';
import { InvalidInputError } from '../src/base/errors';
import type { ComputeSettings } from '../src/jobs/job-types';

export type { ComputeSettings };

/** Messages, which are small, that may wait where no compute node says how many. */
const MOST_WAITING = 10_000;

/** Where the work runs when a node names no compute node. */
export const DEFAULT_COMPUTE: ComputeSettings = {
  engine: 'auto',
  device: 'auto',
  threads: 0,
  precision: 'float32',
  memoryMB: 0,
  queue: MOST_WAITING,
};

/** A running compute node. */
export interface ComputeNode extends Node {
  compute: ComputeSettings | null;
}

/**
 * The settings of the compute node with this id; the defaults where the id is blank.
 * @throws InvalidInputError where there is no such node, or its own settings are wrong
 */
export function computeOf(RED: NodeAPI, id: string): ComputeSettings {
  if (id === '') return DEFAULT_COMPUTE;
  const node = RED.nodes.getNode(id) as ComputeNode | null;
  if (!node?.compute) throw new InvalidInputError('compute', 'a compute node that is enabled and valid', id);
  return node.compute;
}
