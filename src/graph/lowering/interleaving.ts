import { product } from '../../base/numbers';
import { range } from '../builder';
import type { OnnxEmitter, Tensor } from '../onnx/emitter';

/**
 * z[n, c * parities, spatial], the parities of the strided axes last among the channels and x's fastest, as
 * [n, c, strides * spatial]. Where y and x are strided, DepthToSpace interleaves all planes at once, in rows of z * y.
 */
export function interleaved(emit: OnnxEmitter, z: Tensor, channels: number, strides: readonly number[]): Tensor {
  const small = z.shape.slice(2);
  const [sy, sx] = strides.slice(-2);
  if (sy === 1 || sx === 1) return axisByAxis(emit, z, channels, strides);
  const [n] = z.shape;
  const [y, x] = small.slice(-2);
  if (small.length === 2) {
    const shape = [n, channels, 2 * y, 2 * x];
    return emit.op('DepthToSpace', [z], shape, { blocksize: 2, mode: { text: 'CRD' } });
  }
  const [depth] = small;
  const maps = strides[0] * channels;
  const image = emit.reshape(z, [n, 4 * maps, depth * y, x]);
  const shape = [n, maps, 2 * depth * y, 2 * x];
  const rows = emit.op('DepthToSpace', [image], shape, { blocksize: 2, mode: { text: 'CRD' } });
  const large = [n, channels, strides[0] * depth, 2 * y, 2 * x];
  if (strides[0] === 1) return emit.reshape(rows, large);
  // whole planes are left to move for z
  const planes = emit.transpose(emit.reshape(rows, [n, channels, 2, depth, 4 * y * x]), [0, 1, 3, 2, 4]);
  return emit.reshape(planes, large);
}

/** The same by transpositions, the last axis first, as its parity is the fastest. */
function axisByAxis(emit: OnnxEmitter, z: Tensor, channels: number, strides: readonly number[]): Tensor {
  const size = z.shape.slice(2);
  let maps = channels * product(strides);
  let result = z;
  for (const axis of range(0, size.length).reverse()) {
    const stride = strides[axis];
    if (stride === 1) continue;
    maps /= stride;
    const [before, after] = [product(size.slice(0, axis)), product(size.slice(axis + 1))];
    const cut = emit.reshape(result, [z.shape[0] * maps, stride, before, size[axis], after]);
    size[axis] *= stride;
    result = emit.reshape(emit.transpose(cut, [0, 2, 3, 1, 4]), [z.shape[0], maps, ...size]);
  }
  return result;
}

/** The reverse of {@link interleaved}: y[n, c, strides * spatial] as [n, c * parities, spatial]. */
export function separated(emit: OnnxEmitter, y: Tensor, strides: readonly number[]): Tensor {
  const size = y.shape.slice(2);
  let maps = y.shape[1];
  let result = y;
  for (const [axis, stride] of strides.entries()) {
    if (stride === 1) continue;
    size[axis] /= stride;
    const [before, after] = [product(size.slice(0, axis)), product(size.slice(axis + 1))];
    const cut = emit.reshape(result, [y.shape[0] * maps, before, size[axis], stride, after]);
    maps *= stride;
    result = emit.reshape(emit.transpose(cut, [0, 3, 1, 2, 4]), [y.shape[0], maps, ...size]);
  }
  return result;
}

/**
 * Every parity of y[n, c, strides * spatial] as channels of its own, the parities first: [n, parities * c, positions].
 * @param strides 2 along y and x
 */
export function parities(emit: OnnxEmitter, y: Tensor, strides: readonly number[]): Tensor {
  const [n, c, ...large] = y.shape;
  const spatial = large.map((s, axis) => s / strides[axis]);
  const [rows, columns] = spatial.slice(-2);
  const depth = spatial.length === 3 ? spatial[0] : 1;
  const zParities = spatial.length === 3 ? strides[0] : 1;
  const planes = emit.transpose(emit.reshape(y, [n, c, depth, zParities, 4 * rows * columns]), [0, 3, 1, 2, 4]);
  const image = emit.reshape(planes, [n, zParities * c, 2 * depth * rows, 2 * columns]);
  const shape = [n, 4 * zParities * c, depth * rows, columns];
  const depthwise = emit.op('SpaceToDepth', [image], shape, { blocksize: 2 });
  // SpaceToDepth puts (y, x) parities before (z parity, c)
  return emit.reshape(depthwise, [n, 4 * zParities * c, product(spatial)]);
}
