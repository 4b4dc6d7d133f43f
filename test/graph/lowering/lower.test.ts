import assert from 'node:assert/strict';
import { createSession, onnxRuntime } from '../../../src/engines/onnx/session';
import { GraphBuilder } from '../../../src/graph/builder';
import { lower } from '../../../src/graph/lowering/lower';
import { PREDICTION_LOWERINGS } from '../../../src/graph/lowering/tables';

describe('lower', () => {
  it('names inputs and outputs, also where an output is an input or the same value as another', async () => {
    const g = new GraphBuilder();
    const x = g.input('x', [2]);
    const twice = g.scale(x, 2);
    const bytes = lower({ twice, again: twice, x2: x }, { name: 'test', lowerings: PREDICTION_LOWERINGS });
    const session = await createSession(bytes, { threads: 1 });
    assert.deepEqual([...session.inputNames], ['x']);
    assert.deepEqual([...session.outputNames], ['twice', 'again', 'x2']);
    const results = await session.run({ x: new (onnxRuntime().Tensor)('float32', Float32Array.of(1, 2), [2]) });
    assert.deepEqual([...(results.again.data as Float32Array)], [2, 4]);
    assert.deepEqual([...(results.x2.data as Float32Array)], [1, 2]);
    await session.release();
  });

  it('takes sizes known only at run time, and gives the same bytes every time', async () => {
    const build = () => {
      const g = new GraphBuilder();
      const y = g.node('sigmoid', [g.input('x', [1, 4])], {});
      const dynamic = (_: string, shape: readonly number[]) => [shape[0], 'n'];
      return lower({ y }, { name: 'test', lowerings: PREDICTION_LOWERINGS, dynamic });
    };
    assert.deepEqual(build(), build());
    const session = await createSession(build(), { threads: 1 });
    for (const length of [3, 5]) {
      const x = new (onnxRuntime().Tensor)('float32', new Float32Array(length), [1, length]);
      assert.deepEqual([...((await session.run({ x })).y.data as Float32Array)], Array(length).fill(0.5));
    }
    await session.release();
  });
});
