import type { Affine, OnnxEmitter, Tensor } from '../onnx/emitter';
import type { Attribute } from '../onnx/model';
import type { Lowerings } from './types';

/**
 * x factor + shift (+ plus) with values for each channel ([n or 1, c, 1]) of x [n, c, positions], and a leaky ReLU of it
 * where a slope is given; in one pass over memory: a convolution of width 1 by channel.
 */
export function affine(emit: OnnxEmitter, values: Affine, shape: readonly number[], slope?: number): Tensor {
  const { x, factor, shift, plus } = values;
  const [n, c, positions] = x.shape;
  const maps = n * c;
  const flat = [1, maps, positions];
  const shifts = shift.shape[0] === n ? shift : emit.op('Expand', [shift, emit.integers([n, c, 1])], [n, c, 1]);
  const inputs = [emit.reshape(x, flat), emit.reshape(factor, [maps, 1, 1]), emit.reshape(shifts, [maps])];
  if (plus) inputs.push(emit.reshape(plus, flat));
  const attributes: Record<string, Attribute> = { kernel_shape: [1], group: maps };
  const fused = plus !== undefined || slope !== undefined;
  if (slope !== undefined) {
    Object.assign(attributes, { activation: { text: 'LeakyRelu' }, activation_params: { floats: [slope] } });
  }
  const y = emit.op(fused ? 'FusedConv' : 'Conv', inputs, flat, attributes, fused ? 'com.microsoft' : undefined);
  return { ...emit.reshape(y, shape), ...(slope === undefined && { affine: values }) };
}

/** Sums and leaky ReLUs of what an instance norm gives, computed in its last pass. */
export function withAffine(lowerings: Lowerings): Lowerings {
  return {
    ...lowerings,
    add: (emit, node, [a, b]) => {
      const sameShape = a.shape.join() === b.shape.join();
      const [moved, plus] = a.affine ? [a, b] : [b, a];
      if (!sameShape || !moved.affine || moved.affine.plus) return lowerings.add(emit, node, [a, b]);
      return affine(emit, { ...moved.affine, plus }, moved.shape);
    },
    leakyRelu: (emit, node, [x]) =>
      x.affine ? affine(emit, x.affine, x.shape, node.attributes.slope) : lowerings.leakyRelu(emit, node, [x]),
  };
}
