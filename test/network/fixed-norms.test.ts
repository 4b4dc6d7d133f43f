import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import type { Engine, KnownNetwork } from '../../src/engines/engine';
import { onnxOnCpu } from '../../src/engines/onnx/cpu';
import { divisors, initialParameters, momentCount, momentsOf, type NetworkSpec } from '../../src/network';
import { fixNorms, normsOf } from '../../src/network/fixed-norms';

const SPECS: NetworkSpec[] = [
  { dimensions: 2, inChannels: 2, filters: [4, 6, 8] },
  { dimensions: 3, inChannels: 1, filters: [4, 6] },
  {
    dimensions: 3,
    inChannels: 1,
    filters: [4, 6],
    strides: [
      [1, 1, 1],
      [1, 2, 2],
    ],
    kernels: [
      [1, 3, 3],
      [3, 3, 3],
    ],
  },
];

describe('norms that do not depend on the image', () => {
  let engine: Engine;
  before(async () => {
    engine = await onnxOnCpu.open({ threads: 1, precision: 'float32' });
  });

  const noise = (spec: NetworkSpec, size: number[], seed: number) => {
    const random = new Random(seed);
    const shape = [1, spec.inChannels, ...size];
    return { shape, input: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()) };
  };
  async function run(network: KnownNetwork, { input, shape }: { input: Float32Array; shape: number[] }) {
    const session = await engine.createPrediction(network);
    try {
      return await session.predict(input, shape);
    } finally {
      await session.dispose();
    }
  }
  /** The moments of one window. */
  async function momentsIn(spec: NetworkSpec, parameters: Float32Array, window: ReturnType<typeof noise>) {
    const sums = await run({ spec, parameters, gives: 'norm-sums' }, window);
    assert.equal(sums.length, momentCount(spec));
    const voxels = window.shape.slice(2).reduce((a, b) => a * b);
    return momentsOf(spec, Float64Array.from(sums), voxels);
  }

  for (const spec of SPECS) {
    const { dimensions } = spec;
    const size = [...(dimensions === 3 ? [4] : []), 32, 24];

    it(`${dimensions}D: with the moments of an image they are its instance norms`, async () => {
      const parameters = initialParameters(spec, 3).map((value, i) => value + 0.01 * (i % 3));
      const window = noise(spec, size, 5);
      const moments = await momentsIn(spec, parameters, window);
      const usual = await run({ spec, parameters }, window);
      const fixed = await run({ spec, parameters, moments }, window);
      const furthest = Math.max(...fixed.map((value, i) => Math.abs(value - usual[i])));
      assert.ok(furthest < 1e-5, `${furthest}`);
    });

    it(`${dimensions}D: what they give does not depend on what lies far away`, async () => {
      const parameters = initialParameters(spec, 3);
      const window = noise(spec, [...(dimensions === 3 ? [4] : []), 16, 128], 7);
      const moments = await momentsIn(spec, parameters, window);
      const other = { ...window, input: window.input.map((value, i) => (i % 128 < 64 ? value : 9 * value + 30)) };
      const near = (map: Float32Array) => Array.from(map).filter((_, i) => i % 128 < 64 - (12 * divisors(spec)[2]) / 2);
      const [fixed, usual] = [{ moments }, {}];
      const both = async (norms: object) => [
        near(await run({ spec, parameters, ...norms }, window)),
        near(await run({ spec, parameters, ...norms }, other)),
      ];
      assert.deepEqual(...((await both(fixed)) as [number[], number[]]));
      assert.notDeepEqual(...((await both(usual)) as [number[], number[]]));
    });
  }

  it('moments are means and variances in the order of the parameters', () => {
    const [spec] = SPECS;
    assert.deepEqual(normsOf(spec).slice(0, 3), [
      { name: 'encoder.0.norm1', channels: 4 },
      { name: 'encoder.0.norm2', channels: 4 },
      { name: 'encoder.0.norm3', channels: 4 },
    ]);
    const sums = new Float64Array(momentCount(spec));
    // 64 voxels of values 1 and 3 in the first channel
    sums[0] = 32 * 1 + 32 * 3;
    sums[4] = 32 * 1 + 32 * 9;
    const moments = momentsOf(spec, sums, 64);
    assert.deepEqual([moments[0], moments[4]], [2, 1]);
    const parameters = initialParameters(spec, 1);
    const { factor, shift } = fixNorms(spec, parameters, moments).get('encoder.0.norm1') ?? assert.fail();
    assert.ok(Math.abs(factor[0] - 1) < 1e-4 && Math.abs(shift[0] + 2) < 1e-4);
  });
});
