import assert from 'node:assert/strict';
import { createSession, onnxRuntime } from '../../../src/engines/onnx/session';
import { GPU_PREDICTION_LOWERINGS, HALF_PREDICTION_LOWERINGS } from '../../../src/graph/lowering/tables';
import type { Lowerings } from '../../../src/graph/lowering/types';
import { buildPredictor, initialParameters, type NetworkSpec } from '../../../src/network';
import { randomValues } from '../support';

async function predict(spec: NetworkSpec, shape: number[], lowerings?: Lowerings): Promise<Float32Array> {
  const model = buildPredictor(spec, initialParameters(spec, 1), lowerings && { shape, lowerings });
  const session = await createSession(model, { threads: 1 });
  const { Tensor } = onnxRuntime();
  const input = randomValues(shape, 1, (random) => random.normal());
  const results = await session.run({ input: new Tensor('float32', input, shape) });
  await session.release();
  return results.probability.data as Float32Array;
}

describe('predictions written for a GPU', function () {
  this.timeout(60_000);

  for (const [dimensions, shape] of [
    [2, [2, 2, 16, 24]],
    [3, [2, 2, 4, 8, 12]],
  ] as const) {
    const spec: NetworkSpec = { dimensions, inChannels: 2, filters: [4, 8] };
    const farthest = (a: Float32Array, b: Float32Array) =>
      a.reduce((max, p, i) => Math.max(max, Math.abs(p - b[i])), 0);

    it(`equal the plain model in ${dimensions}D`, async () => {
      const plain = await predict(spec, [...shape]);
      assert.ok(farthest(await predict(spec, [...shape], GPU_PREDICTION_LOWERINGS), plain) < 1e-5);
    });

    it(`are within float16's rounding of it in float16, in ${dimensions}D`, async () => {
      const plain = await predict(spec, [...shape]);
      const half = farthest(await predict(spec, [...shape], HALF_PREDICTION_LOWERINGS), plain);
      assert.ok(half > 1e-6 && half < 5e-3, `difference ${half}`);
    });
  }
});
