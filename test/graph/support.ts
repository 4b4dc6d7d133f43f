import { Random } from '../../src/base/random';
import { createSession, onnxRuntime } from '../../src/engines/onnx/session';
import { type GraphBuilder, topological } from '../../src/graph/builder';
import { lower } from '../../src/graph/lowering/lower';
import { CPU_LOWERINGS } from '../../src/graph/lowering/tables';
import type { Lowerings } from '../../src/graph/lowering/types';
import type { Node } from '../../src/graph/ops';

export type Values = Record<string, Float32Array>;

/** A graph ready to run; feeds and results go by name, feeds that it does not need are left out. */
export interface Runner {
  run(feeds: Values): Promise<Values>;
  close(): Promise<void>;
}

/** Lowers a graph and opens it in ONNX Runtime on one thread. */
export async function compile(outputs: Record<string, Node>, lowerings: Lowerings = CPU_LOWERINGS): Promise<Runner> {
  const session = await createSession(lower(outputs, { name: 'test', lowerings }), { threads: 1 });
  const { Tensor } = onnxRuntime();
  const shapes = new Map<string, readonly number[]>();
  for (const node of topological(Object.values(outputs))) {
    if (node.op === 'input') shapes.set((node as Node<'input'>).attributes.name, node.shape);
  }
  return {
    async run(feeds) {
      const tensors = [...shapes].map(([name, shape]) => [name, new Tensor('float32', feeds[name], shape)]);
      const results = await session.run(Object.fromEntries(tensors));
      return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]));
    },
    close: () => session.release(),
  };
}

/** Lowers, runs once and closes. */
export async function evaluate(
  outputs: Record<string, Node>,
  feeds: Values,
  lowerings: Lowerings = CPU_LOWERINGS,
): Promise<Values> {
  const runner = await compile(outputs, lowerings);
  try {
    return await runner.run(feeds);
  } finally {
    await runner.close();
  }
}

/** Graph inputs a, b, c, ... of some shapes, and random values for them. */
export function inputs(
  g: GraphBuilder,
  shapes: number[][],
  value: (random: Random) => number,
): { nodes: Node[]; feeds: Values } {
  const names = shapes.map((_, i) => String.fromCharCode(97 + i));
  const nodes = shapes.map((shape, i) => g.input(names[i], shape));
  const feeds = Object.fromEntries(shapes.map((shape, i) => [names[i], randomValues(shape, i, value)]));
  return { nodes, feeds };
}

export function randomValues(
  shape: readonly number[],
  seed: number,
  value: (random: Random) => number = (random) => random.range(-1, 1),
): Float32Array {
  const random = new Random(seed, 7);
  return Float32Array.from({ length: shape.reduce((product, n) => product * n, 1) }, () => value(random));
}

/** The largest difference between two lists, by the largest absolute value expected; NaN where the lengths differ. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.NaN;
  let difference = 0;
  let largest = 1e-6;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return difference / largest;
}
