import { broadcastShapes } from '../shapes';
import type { Attribute, OnnxNode, OnnxTensor } from './model';

/** A tensor in the ONNX graph being written. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** what it was joined from along the channels */
  readonly parts?: readonly Tensor[];
  /** what it is computed from, where a pass over memory can be saved by computing on at once */
  readonly affine?: Affine;
}

/** x factor + shift + plus, with x [n, c, positions], factor and shift [n or 1, c, 1], and plus of as many values as x. */
export interface Affine {
  readonly x: Tensor;
  readonly factor: Tensor;
  readonly shift: Tensor;
  readonly plus?: Tensor;
}

/**
 * Collects ONNX nodes. Equal nodes and constants are emitted once, so lowerings may recompute what another already
 * has (an instance norm's moments, say) without cost. Names follow from the order of emission alone.
 */
export class OnnxEmitter {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxTensor[] = [];
  private readonly known = new Map<string, Tensor>();

  op(
    type: string,
    inputs: Tensor[],
    shape: readonly number[],
    attributes: Record<string, Attribute> = {},
    domain?: string,
  ): Tensor {
    const names = inputs.map((x) => x.name);
    const key = JSON.stringify([type, names, attributes]);
    const before = this.known.get(key);
    if (before) return before;
    const tensor = { name: `${type}_${this.nodes.length}`, shape };
    this.nodes.push({ type, domain, inputs: names, output: tensor.name, attributes });
    this.known.set(key, tensor);
    return tensor;
  }

  floats(data: Float32Array, shape: readonly number[]): Tensor {
    return this.constant(
      'f',
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
      shape,
      data,
    );
  }

  scalar(value: number): Tensor {
    return this.floats(Float32Array.of(value), [1]);
  }

  integers(values: readonly number[]): Tensor {
    return this.constant('i', values.join(), [values.length], BigInt64Array.from(values, BigInt));
  }

  // The helpers below each emit one operator with its shape.

  elementwise(type: 'Add' | 'Sub' | 'Mul' | 'Div', a: Tensor, b: Tensor): Tensor {
    return this.op(type, [a, b], broadcastShapes(a.shape, b.shape));
  }

  reshape(x: Tensor, shape: readonly number[]): Tensor {
    if (x.shape.length === shape.length && x.shape.every((n, i) => n === shape[i])) return x;
    return this.op('Reshape', [x, this.integers(shape)], shape);
  }

  transpose(x: Tensor, perm: number[]): Tensor {
    const shape = perm.map((axis) => x.shape[axis]);
    // moving only axes of size 1 leaves the order in memory as it is
    const moved = perm.filter((axis) => x.shape[axis] !== 1);
    if (moved.every((axis, i) => i === 0 || axis > moved[i - 1])) return this.reshape(x, shape);
    return this.op('Transpose', [x], shape, { perm });
  }

  slice(x: Tensor, axes: number[], starts: number[], ends: number[], steps?: number[]): Tensor {
    const shape = [...x.shape];
    axes.forEach((axis, i) => {
      const step = steps?.[i] ?? 1;
      shape[axis] = Math.ceil(Math.abs(ends[i] - starts[i]) / Math.abs(step));
    });
    // running backwards to the first element needs an end before it, which ONNX counts from the back
    const limits = ends.map((end) => (end < 0 ? -(2 ** 53) : end));
    const inputs = [starts, limits, axes, ...(steps ? [steps] : [])].map((list) => this.integers(list));
    return this.op('Slice', [x, ...inputs], shape);
  }

  /** Zeros added before and after each axis; negative numbers take values away. */
  pad(x: Tensor, before: number[], after: number[]): Tensor {
    if ([...before, ...after].every((n) => n === 0)) return x;
    const shape = x.shape.map((n, axis) => before[axis] + n + after[axis]);
    return this.op('Pad', [x, this.integers([...before, ...after])], shape);
  }

  concat(parts: Tensor[], axis: number): Tensor {
    const shape = [...parts[0].shape];
    shape[axis] = parts.reduce((sum, part) => sum + part.shape[axis], 0);
    const joined = this.op('Concat', parts, shape, { axis });
    return axis === 1 ? { ...joined, parts } : joined;
  }

  sum(x: Tensor, axes: number[]): Tensor {
    const shape = x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
    return this.op('ReduceSum', [x, this.integers(axes)], shape, { keepdims: 1 });
  }

  /** Takes out nodes and constants that no result needs: a lowering may find a way around what another emitted. */
  keepOnly(results: readonly string[]): void {
    const needed = new Set(results);
    for (const node of [...this.nodes].reverse()) {
      if (needed.has(node.output)) for (const input of node.inputs) needed.add(input);
    }
    retain(this.nodes, (node) => needed.has(node.output));
    retain(this.constants, (constant) => needed.has(constant.name));
  }

  private constant(kind: string, content: string, shape: readonly number[], data: OnnxTensor['data']): Tensor {
    const key = `${kind}:${shape}:${content}`;
    const before = this.known.get(key);
    if (before) return before;
    const tensor = { name: `constant_${this.constants.length}`, shape };
    this.constants.push({ ...tensor, data });
    this.known.set(key, tensor);
    return tensor;
  }
}

function retain<T>(list: T[], wanted: (item: T) => boolean): void {
  list.splice(0, list.length, ...list.filter(wanted));
}
