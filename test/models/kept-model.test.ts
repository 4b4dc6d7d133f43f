import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Engine } from '../../src/engines/engine';
import { onnxOnCpu } from '../../src/engines/onnx/cpu';
import { TensorFlowEngine } from '../../src/engines/tensorflow/engine';
import { PLAIN_RULES } from '../../src/engines/tensorflow/rules/plain';
import { viewAs } from '../../src/image/dtype';
import { knownNetwork, openSession } from '../../src/inference/sessions';
import { resolveModel } from '../../src/models/resolve';
import { plainTensorFlow } from '../engines/tensorflow/support';

const KEPT = path.resolve(__dirname, '../../../test/data/models');
/** Each model, and the shape of its input. */
const MODELS: Array<[string, number[]]> = [
  ['0.1.0-tile', [2, 1, 16, 24]],
  ['0.1.0-training', [2, 1, 16, 24]],
  ['0.1.0-levels', [2, 1, 4, 8, 12]],
];

/** Models that earlier versions published, with what they predicted: every later version must load and run them alike. */
describe('models of earlier versions', () => {
  for (const [name, shape] of MODELS) {
    const folder = path.join(KEPT, name);
    const floats = (file: string) => viewAs('float32', readFileSync(path.join(folder, file)));

    const assertPredicts = async (engine: Engine, what: 'network' | 'file') => {
      const model = await resolveModel(KEPT, folder, [KEPT]);
      const session = what === 'file' ? await engine.createPrediction(model.network) : await openSession(engine, model);
      const found = await session.predict(floats('input.bin'), shape);
      await session.dispose();
      const expected = floats('expected.bin');
      assert.equal(found.length, expected.length);
      const off = found.reduce((most, p, i) => Math.max(most, Math.abs(p - expected[i])), 0);
      assert.ok(off <= 1e-4, `${name}: probabilities differ by ${off}`);
    };

    it(`${name} is known for ours by its card`, async () => {
      const model = await resolveModel(KEPT, folder, [KEPT]);
      assert.ok(model.card.networkSha256);
      assert.equal((await knownNetwork(model))?.parameters.byteLength, readFileSync(model.weights).length);
    });

    it(`${name} predicts with ONNX Runtime as it did, from its weights and from its file`, async () => {
      const engine = await onnxOnCpu.open({ threads: 1, precision: 'float32' });
      await assertPredicts(engine, 'network');
      await assertPredicts(engine, 'file');
    });

    it(`${name} predicts with TensorFlow as it did`, async () => {
      await assertPredicts(new TensorFlowEngine(await plainTensorFlow(), PLAIN_RULES, 'cpu', 1), 'network');
    });
  }
});
