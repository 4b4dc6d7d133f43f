import { SegmenterError } from '../base/errors';
import { product } from '../base/numbers';
import type { Attributes, Op } from './ops';

type Shapes = readonly (readonly number[])[];
type ShapeRule<K extends Op> = (inputs: Shapes, attributes: Attributes[K]) => number[];

const same = ([x]: Shapes): number[] => [...x];
const broadcast = ([a, b]: Shapes): number[] => broadcastShapes(a, b);

/** The result's shape of each operation. */
export const SHAPES: { [K in Op]: ShapeRule<K> } = {
  input: (_, { shape }) => [...shape],
  constant: (_, { shape }) => [...shape],
  add: broadcast,
  subtract: broadcast,
  multiply: broadcast,
  divide: broadcast,
  sqrt: same,
  log: same,
  sigmoid: same,
  softplus: same,
  leakyRelu: same,
  leakyReluGradient: same,
  sum: ([x], { axes }) => x.map((n, axis) => (axes.includes(axis) ? 1 : n)),
  expand: (_, { shape }) => [...shape],
  reshape: ([x], { shape }) => {
    if (product(x) !== product(shape)) throw mismatch('reshape', x, shape);
    return [...shape];
  },
  concat: (inputs, { axis }) => inputs[0].map((n, i) => (i === axis ? inputs.reduce((sum, x) => sum + x[axis], 0) : n)),
  slice: ([x], { axis, start, end }) => x.map((n, i) => (i === axis ? end - start : n)),
  product: ([[m, k], [rows, columns]], { transposed }) => {
    const [inner, n] = transposed ? [columns, rows] : [rows, columns];
    if (k !== inner) throw mismatch('product', [m, k], [rows, columns]);
    return [m, n];
  },
  conv: ([[n, ci, ...spatial], [co, wi, ...widths]], { strides }) => {
    if (ci !== wi) throw mismatch('conv channels', [ci], [wi]);
    if (!isKernel(widths)) throw mismatch('conv widths: 1, or 3 along y and x and 1 or 3 along z', widths, spatial);
    if (spatial.some((s, axis) => s % strides[axis])) throw mismatch('conv strides', spatial, strides);
    return [n, co, ...spatial.map((s, axis) => s / strides[axis])];
  },
  convInputGradient: ([[n], [, ci]], { spatial }) => [n, ci, ...spatial],
  convWeightGradient: ([[, ci], [, co]], { widths }) => [co, ci, ...widths],
  upConv: ([[n, , ...spatial], [, co, ...widths]]) => [n, co, ...spatial.map((s, axis) => s * widths[axis])],
  upConvInputGradient: ([[n, , ...spatial], [ci, , ...widths]]) => [n, ci, ...spatial.map((s, i) => s / widths[i])],
  upConvWeightGradient: ([[, ci, ...small], [, co, ...large]]) => [ci, co, ...small.map((s, axis) => large[axis] / s)],
  instanceNorm: same,
  instanceNormInputGradient: same,
  instanceNormScaleGradient: ([[, c]]) => [c],
};

/** The shape that two shapes broadcast to, as in NumPy. */
export function broadcastShapes(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const m = a[i - rank + a.length] ?? 1;
    const n = b[i - rank + b.length] ?? 1;
    if (m !== n && m !== 1 && n !== 1) throw mismatch('broadcast', a, b);
    return m === 1 ? n : m;
  });
}

/** Whether a convolution can be so wide: every lowering knows these forms and no others. */
function isKernel(widths: readonly number[]): boolean {
  const isPoint = widths.every((width) => width === 1);
  const [z, ...plane] = widths.length === 3 ? widths : [3, ...widths];
  return isPoint || ((z === 1 || z === 3) && plane.every((width) => width === 3));
}

function mismatch(what: string, a: readonly number[], b: readonly number[]): SegmenterError {
  return new SegmenterError('internal', `graph: ${what}: [${a}] does not fit [${b}]`);
}
