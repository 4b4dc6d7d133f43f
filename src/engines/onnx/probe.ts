import { SegmenterError } from '../../base/errors';
import { GraphBuilder } from '../../graph/builder';
import { lower } from '../../graph/lowering/lower';
import type { Lowerings } from '../../graph/lowering/types';
import { createSession, onnxRuntime, runSession, type SessionSettings } from './session';

const SIDE = 4;

/**
 * Multiplies a small matrix on a device, which shows whether it is there and computes.
 * @throws what creating or running the session throws; SegmenterError `engine` where the product is wrong
 */
export async function probeDevice(settings: SessionSettings, lowerings: Lowerings): Promise<void> {
  const g = new GraphBuilder();
  const x = g.input('x', [1, SIDE, SIDE, SIDE]);
  const unit = Float32Array.from({ length: SIDE * SIDE }, (_, i) => (i % (SIDE + 1) === 0 ? 1 : 0));
  const w = g.node('constant', [], { data: unit, shape: [SIDE, SIDE, 1, 1] });
  const y = g.node('sigmoid', [g.node('conv', [x, w], { strides: [1, 1] })], {});
  const session = await createSession(lower({ y }, { name: 'probe', lowerings }), settings);
  try {
    const input = Float32Array.from({ length: SIDE ** 3 }, (_, i) => (i % 7) - 3);
    const { Tensor } = onnxRuntime();
    const feeds = { x: new Tensor('float32', input, [1, SIDE, SIDE, SIDE]) };
    const result = (await runSession(session, feeds, settings, 'a first product')).y.data as Float32Array;
    const wrong = result.findIndex((value, i) => !(Math.abs(value - 1 / (1 + Math.exp(-input[i]))) < 1e-4));
    if (wrong >= 0) {
      const expected = 1 / (1 + Math.exp(-input[wrong]));
      throw new SegmenterError('engine', `a first product gave ${result[wrong]} where ${expected} was expected`);
    }
  } finally {
    await session.release();
  }
}
