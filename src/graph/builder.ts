import { SegmenterError } from '../base/errors';
import type { Attributes, Node, Op } from './ops';
import { SHAPES } from './shapes';

/** Makes nodes; their shapes follow from the rules in shapes.ts. One builder a graph. */
export class GraphBuilder {
  private nextId = 0;

  node<K extends Op>(op: K, inputs: readonly Node[], attributes: Attributes[K]): Node<K> {
    const shape = SHAPES[op](
      inputs.map((x) => x.shape),
      attributes,
    );
    return { id: this.nextId++, op, inputs, attributes, shape };
  }

  input(name: string, shape: number[]): Node {
    return this.node('input', [], { name, shape });
  }

  scalar(value: number): Node {
    return this.node('constant', [], { data: Float32Array.of(value), shape: [1] });
  }

  add(a: Node, b: Node): Node {
    return this.elementwise('add', a, b);
  }

  subtract(a: Node, b: Node): Node {
    return this.elementwise('subtract', a, b);
  }

  multiply(a: Node, b: Node): Node {
    return this.elementwise('multiply', a, b);
  }

  divide(a: Node, b: Node): Node {
    return this.elementwise('divide', a, b);
  }

  scale(a: Node, factor: number): Node {
    return this.multiply(a, this.scalar(factor));
  }

  sum(x: Node, axes: number[]): Node {
    return this.node('sum', [x], { axes });
  }

  sumAll(x: Node): Node {
    return this.sum(
      x,
      x.shape.map((_, axis) => axis),
    );
  }

  /** Sum over everything but the first axis. */
  sumPerItem(x: Node): Node {
    return this.sum(x, range(1, x.shape.length));
  }

  reshape(x: Node, shape: readonly number[]): Node {
    return this.node('reshape', [x], { shape: [...shape] });
  }

  /** An `expand` whose other operand has the full size anyway is left to broadcasting: no pass over memory. */
  private elementwise(op: 'add' | 'subtract' | 'multiply' | 'divide', a: Node, b: Node): Node {
    if (a.op === 'expand' && sameSize(a, b)) return this.node(op, [a.inputs[0], b], {});
    if (b.op === 'expand' && sameSize(a, b)) return this.node(op, [a, b.inputs[0]], {});
    return this.node(op, [a, b], {});
  }
}

/** Every node that the results need, inputs before users. */
export function topological(results: readonly Node[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: Array<{ node: Node; next: number }> = [];
  for (const result of results) {
    if (!seen.has(result)) {
      seen.add(result);
      stack.push({ node: result, next: 0 });
    }
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top.next < top.node.inputs.length) {
        const input = top.node.inputs[top.next++];
        if (!seen.has(input)) {
          seen.add(input);
          stack.push({ node: input, next: 0 });
        }
      } else {
        order.push(top.node);
        stack.pop();
      }
    }
  }
  return order;
}

/** Whether a node is the operation; narrows its attributes. */
export function isOp<K extends Op>(node: Node, op: K): node is Node<K> {
  return node.op === op;
}

export function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

function sameSize(a: Node, b: Node): boolean {
  if (a.shape.length !== b.shape.length) return false;
  return a.shape.every((n, i) => n === b.shape[i]);
}

export function internal(message: string): SegmenterError {
  return new SegmenterError('internal', `graph: ${message}`);
}
