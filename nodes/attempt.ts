import type { Node } from 'node-red';

/** Does what may fail; then the log says so. */
export function attempt(node: Node, what: string, step: () => void): void {
  try {
    step();
  } catch (error) {
    node.error(`${what} failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
