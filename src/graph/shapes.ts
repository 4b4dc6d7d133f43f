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
  conv: ([[n, ci, ...spatial], [co, wi]], { stride }) => {
    if (ci !== wi) throw mismatch('conv channels', [ci], [wi]);
    if (stride === 2 && spatial.some((s) => s % 2)) throw mismatch('conv of stride 2 on odd sizes', spatial, [2]);
    return [n, co, ...spatial.map((s) => s / stride)];
  },
  convInputGradient: ([[n], [, ci]], { spatial }) => [n, ci, ...spatial],
  convWeightGradient: ([[, ci, ...spatial], [, co]], { width }) => [co, ci, ...spatial.map(() => width)],
  upConv: ([[n, , ...spatial], [, co]]) => [n, co, ...spatial.map((s) => 2 * s)],
  upConvInputGradient: ([[n, , ...spatial], [ci]]) => [n, ci, ...spatial.map((s) => s / 2)],
  upConvWeightGradient: ([[, ci, ...spatial], [, co]]) => [ci, co, ...spatial.map(() => 2)],
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

function mismatch(what: string, a: readonly number[], b: readonly number[]): SegmenterError {
  return new SegmenterError('internal', `graph: ${what}: [${a}] does not fit [${b}]`);
}
