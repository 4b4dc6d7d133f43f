import { product } from '../../base/numbers';
import type { Attribute, OnnxNode, OnnxTensor } from '../../graph/onnx/model';

/** Numbers of ONNX's element types. */
export const [FLOAT, INT64, DOUBLE] = [1, 7, 11];

/**
 * Collects operators of tensors whose sizes are not known, with names of their own, to be set before or behind a model.
 * Whoever writes with it keeps to operators that mean the same from version 12 of ONNX's set on.
 */
export class NodeList {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxTensor[] = [];

  /** @param prefix of all names, which the model has none of */
  constructor(private readonly prefix: string) {}

  /**
   * Adds an operator.
   * @param others outputs that it must have beside the first
   * @returns the name of its first output
   */
  op(type: string, inputs: string[], attributes: Record<string, Attribute> = {}, others = 0): string {
    const output = `${this.prefix}${type}_${this.nodes.length}`;
    const more = Array.from({ length: others }, (_, i) => `${output}_${i + 1}`);
    this.nodes.push({ type, inputs, output, others: more, attributes });
    return output;
  }

  /** Gives the result of the last operator a name. */
  named(name: string, input: string): string {
    this.nodes.push({ type: 'Identity', inputs: [input], output: name, attributes: {} });
    return name;
  }

  floats(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.constant(Float32Array.from(values), shape);
  }

  doubles(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.constant(Float64Array.from(values), shape);
  }

  integers(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.constant(BigInt64Array.from(values, BigInt), shape);
  }

  private constant(data: OnnxTensor['data'], shape: readonly number[]): string {
    if (data.length !== product([...shape])) throw new RangeError(`internal: ${data.length} values for [${shape}]`);
    const known = this.constants.find((one) => isSame(one, data, shape));
    if (known) return known.name;
    const name = `${this.prefix}constant_${this.constants.length}`;
    this.constants.push({ name, shape, data });
    return name;
  }
}

function isSame(one: OnnxTensor, data: OnnxTensor['data'], shape: readonly number[]): boolean {
  const isAlike = one.data.constructor === data.constructor && String(one.shape) === String(shape);
  return isAlike && one.data.length === data.length && one.data.every((value, i) => value === data[i]);
}
