import { product } from '../base/numbers';
import { Random } from '../base/random';
import { parameterCount, parameterSpecs } from './residual-unet';
import type { NetworkSpec } from './spec';

/**
 * Start values: norm scales 1, norm shifts 0; convolutions uniform in +-1/sqrt(fan in), PyTorch's default
 * (kaiming_uniform with a = sqrt(5)); the head's bias likewise. PyTorch takes the second axis times the kernel as a
 * transposed convolution's fan in, and so do we.
 * @returns all parameters, concatenated in the order of `parameterSpecs`
 */
export function initialParameters(spec: NetworkSpec, seed: number): Float32Array {
  const parameters = new Float32Array(parameterCount(spec));
  let offset = 0;
  parameterSpecs(spec).forEach(({ name, shape }, index) => {
    const length = product(shape);
    const values = parameters.subarray(offset, offset + length);
    offset += length;
    if (name.includes('.norm')) {
      values.fill(name.endsWith('weight') ? 1 : 0);
      return;
    }
    const fanIn = name === 'head.bias' ? spec.filters[0] : length / shape[0];
    const bound = 1 / Math.sqrt(fanIn);
    const random = new Random(seed, index);
    for (let i = 0; i < length; i++) values[i] = random.range(-bound, bound);
  });
  return parameters;
}
