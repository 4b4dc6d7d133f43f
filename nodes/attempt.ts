import type { Node } from 'node-red';
import { messageOf } from '../src/base/errors';

/** Does what may fail; then the log says so. */
export function attempt(node: Node, what: string, step: () => void): void {
  try {
    step();
  } catch (error) {
    node.error(`${what} failed: ${messageOf(error)}`);
  }
}
