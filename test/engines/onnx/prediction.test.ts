import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Engine } from '../../../src/engines/engine';
import { onnxOnCpu } from '../../../src/engines/onnx/cpu';
import { buildPredictor, initialParameters, parameterCount } from '../../../src/network';
import { randomValues } from '../../graph/support';

describe('prediction with ONNX Runtime', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-prediction-'));
  let engine: Engine;
  before(async () => {
    engine = await onnxOnCpu.open({ threads: 1, precision: 'float32' });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const dimensions of [2, 3] as const) {
    it(`takes any size and batch in ${dimensions}D; items do not affect each other`, async () => {
      const spec = { dimensions, inChannels: 2, filters: [4, 8, 16] };
      const session = await engine.createPrediction(buildPredictor(spec, initialParameters(spec, 1)));
      const spatial = [8, 12, 16].slice(-dimensions);
      const pixels = spatial.reduce((product, n) => product * n, 1);
      const input = randomValues([2, 2, ...spatial], 1);
      const both = await session.predict(input, [2, 2, ...spatial]);
      const second = await session.predict(input.slice(2 * pixels), [1, 2, ...spatial]);
      assert.equal(both.length, 2 * pixels);
      assert.ok(both.every((p) => p > 0 && p < 1));
      assert.ok(second.every((p, i) => Math.abs(p - both[pixels + i]) < 1e-6));
      await session.dispose();
    });
  }

  it('refuses what is no model, naming the file', async () => {
    const file = path.join(folder, 'broken.onnx');
    writeFileSync(file, 'not a model');
    await assert.rejects(engine.createPrediction(file), { code: 'engine', message: /could not load .*broken\.onnx/ });
    await assert.rejects(engine.createPrediction(Buffer.from('not a model')), { code: 'engine' });
    await assert.rejects(engine.createPrediction(path.join(folder, 'absent.onnx')), /absent\.onnx/);
  });

  it('refuses a model that was cut off', async () => {
    const spec = { dimensions: 2 as const, inChannels: 1, filters: [4, 8] };
    const whole = buildPredictor(spec, initialParameters(spec, 1));
    const file = path.join(folder, 'cut.onnx');
    writeFileSync(file, whole.subarray(0, whole.length / 2));
    await assert.rejects(engine.createPrediction(file), { code: 'engine' });
  });

  it('refuses an image of the wrong channels or of sizes that are no multiples of the divisor', async () => {
    const spec = { dimensions: 2 as const, inChannels: 1, filters: [4, 8] };
    const session = await engine.createPrediction(buildPredictor(spec, initialParameters(spec, 1)));
    const shapes = [
      [1, 2, 8, 8],
      [1, 1, 8, 7],
    ];
    for (const shape of shapes) {
      const input = randomValues(shape, 1);
      await assert.rejects(session.predict(input, shape), { code: 'engine', details: { device: 'cpu', shape } });
    }
    await session.dispose();
  });

  for (const filters of [
    [4, 8, 16],
    [16, 32],
  ]) {
    it(`predicts a known 3D network with filters ${filters} as its model does, at every size in turn`, async () => {
      const spec = { dimensions: 3 as const, inChannels: 2, filters };
      const parameters = randomValues([parameterCount(spec)], 3, (random) => random.range(-1, 1));
      const plain = await engine.createPrediction(buildPredictor(spec, parameters));
      const known = await engine.createPrediction({ spec, parameters });
      const sizes = [
        [1, 8, 12, 16],
        [2, 8, 12, 16],
        [1, 4, 16, 8],
        [3, 8, 12, 16],
      ];
      // all at once: each changes the form under way
      const results = sizes.map(([n, ...size], i) => {
        const shape = [n, 2, ...size];
        const input = randomValues(shape, i, (random) => random.normal());
        return Promise.all([plain.predict(input, shape), known.predict(input, shape)]);
      });
      for (const [expected, found] of await Promise.all(results)) {
        assert.equal(found.length, expected.length);
        const error = found.reduce((max, p, i) => Math.max(max, Math.abs(p - expected[i])), 0);
        assert.ok(error < 1e-5, `difference ${error}`);
        assert.ok(Math.max(...expected) - Math.min(...expected) > 0.1, 'the prediction says nothing');
      }
      await Promise.all([plain.dispose(), known.dispose()]);
    });
  }

  it('predicts with five levels of any filters, the coarsest of a few voxels', async () => {
    const spec = { dimensions: 3 as const, inChannels: 1, filters: [4, 6, 10, 9, 12] };
    const parameters = randomValues([parameterCount(spec)], 3, (random) => random.range(-1, 1));
    const plain = await engine.createPrediction(buildPredictor(spec, parameters));
    const known = await engine.createPrediction({ spec, parameters });
    const shape = [1, 1, 16, 32, 48];
    const input = randomValues(shape, 1, (random) => random.normal());
    const [expected, found] = [await plain.predict(input, shape), await known.predict(input, shape)];
    const error = found.reduce((max, p, i) => Math.max(max, Math.abs(p - expected[i])), 0);
    assert.ok(error < 1e-5, `difference ${error}`);
    assert.ok(Math.max(...expected) - Math.min(...expected) > 0.1, 'the prediction says nothing');
    await Promise.all([plain.dispose(), known.dispose()]);
  });

  it('takes a known 2D network, and parameters that change afterwards', async () => {
    for (const dimensions of [2, 3] as const) {
      const spec = { dimensions, inChannels: 1, filters: [4, 8] };
      const parameters = initialParameters(spec, 1);
      const shape = [1, 1, ...[4, 8, 8].slice(-dimensions)];
      const input = randomValues(shape, 1);
      const plain = await engine.createPrediction(buildPredictor(spec, parameters));
      const known = await engine.createPrediction({ spec, parameters });
      parameters.fill(0);
      const [expected, found] = [await plain.predict(input, shape), await known.predict(input, shape)];
      assert.ok(found.every((p, i) => Math.abs(p - expected[i]) < 1e-6));
      await Promise.all([plain.dispose(), known.dispose()]);
    }
  });

  it('refuses what a known 3D network cannot take, and goes on', async () => {
    const spec = { dimensions: 3 as const, inChannels: 1, filters: [4, 8] };
    const session = await engine.createPrediction({ spec, parameters: initialParameters(spec, 1) });
    const shapes = [
      [1, 1, 4, 8, 7],
      [1, 2, 4, 8, 8],
      [1, 1, 8, 8],
    ];
    for (const shape of shapes) {
      await assert.rejects(session.predict(randomValues(shape, 1), shape), { code: 'engine', details: { shape } });
    }
    const shape = [1, 1, 4, 8, 8];
    assert.equal((await session.predict(randomValues(shape, 1), shape)).length, 256);
    await session.dispose();
  });
});
