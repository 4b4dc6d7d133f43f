import { product } from '../../base/numbers';
import { range } from '../builder';
import type { OnnxEmitter, Tensor } from '../onnx/emitter';

/** A convolution as ONNX has it: along each axis 3 wide and padded by 1, or 1 wide. */
export function convolve(emit: OnnxEmitter, x: Tensor, w: Tensor, strides: readonly number[]): Tensor {
  const [n, , ...spatial] = x.shape;
  const widths = w.shape.slice(2);
  const pads = widths.map((width) => (width - 1) / 2);
  return emit.op('Conv', [x, w], [n, w.shape[0], ...spatial.map((s, axis) => s / strides[axis])], {
    kernel_shape: widths,
    pads: [...pads, ...pads],
    strides: [...strides],
  });
}

/** w[co, ci, k] as w[ci, co, k]. */
function swapped(emit: OnnxEmitter, w: Tensor): Tensor {
  return emit.transpose(w, [1, 0, ...range(2, w.shape.length)]);
}

/** w[co, ci, k] as w[ci, co, -k]: the kernel of the input's gradient at stride 1, and x and dy exchanged in dw. */
export function turned(emit: OnnxEmitter, w: Tensor): Tensor {
  const axes = range(2, w.shape.length).filter((axis) => w.shape[axis] === 3);
  const all = (value: number) => axes.map(() => value);
  const exchanged = swapped(emit, w);
  return axes.length === 0 ? exchanged : emit.slice(exchanged, axes, all(2), all(-1), all(-1));
}

/** Whether a kernel is 1 wide along every axis. */
export function isPoint({ shape }: Tensor): boolean {
  return shape.slice(2).every((width) => width === 1);
}

/** Whether any stride is above 1. */
export function isStrided(strides: readonly number[]): boolean {
  return strides.some((stride) => stride > 1);
}

/** Every stride-th position of x along each axis. */
export function everyStride(emit: OnnxEmitter, x: Tensor, strides: readonly number[]): Tensor {
  if (!isStrided(strides)) return x;
  const axes = range(2, x.shape.length).filter((axis) => strides[axis - 2] > 1);
  const ends = axes.map((axis) => x.shape[axis]);
  const steps = axes.map((axis) => strides[axis - 2]);
  return emit.slice(
    x,
    axes,
    axes.map(() => 0),
    ends,
    steps,
  );
}

/** x[n, c, spatial] as matrices [n, c, positions]. */
export function columns(emit: OnnxEmitter, x: Tensor): Tensor {
  const [n, c, ...spatial] = x.shape;
  return emit.reshape(x, [n, c, product(spatial)]);
}

/** y[co, stride p + k] = sum of w[ci, co, k] x[ci, p], so dx is a convolution of dy by w with strides of its widths. */
export function strideOfWidth(emit: OnnxEmitter, dy: Tensor, w: Tensor, shape: readonly number[]): Tensor {
  const widths = w.shape.slice(2);
  return emit.op('Conv', [dy, w], shape, { kernel_shape: widths, strides: widths });
}

/** sum over n of a[n] times b[n] transposed. */
export function productOverItems(emit: OnnxEmitter, a: Tensor, b: Tensor, shape: readonly number[]): Tensor {
  const size = [a.shape[0], a.shape[1], b.shape[1]];
  const multiplied = emit.op('FusedMatMul', [a, b], size, { transB: 1 }, 'com.microsoft');
  return emit.reshape(a.shape[0] === 1 ? multiplied : emit.sum(multiplied, [0]), shape);
}
