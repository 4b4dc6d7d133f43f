import assert from 'node:assert/strict';
import type { KnownNetwork } from '../../src/engines/engine';
import { momentCount } from '../../src/network';
import { trainedCard, trainingMetrics } from '../../src/training/card';
import { savedResult } from '../../src/training/result';
import { train } from '../../src/training/train';
import { type FakeEngine, fakeEngine, useTrainings } from './fixtures';

/** An engine that is right with the norms of each tile, and with those of the training as far as is asked. */
function engineWith(fixed: 'as good' | 'worse'): FakeEngine & { asked: KnownNetwork[] } {
  const asked: KnownNetwork[] = [];
  const engine = fakeEngine();
  engine.createPrediction = async (source) => {
    const network = source as KnownNetwork;
    asked.push(network);
    const isRight = !network.moments || fixed === 'as good';
    return {
      predict: async (input) => {
        if (network.gives === 'norm-sums') return new Float32Array(momentCount(network.spec)).fill(1);
        return input.map((v) => (isRight ? 1 / (1 + Math.exp(4 - 4 * v)) : v > 1 ? 0.2 : 0.7));
      },
      dispose: async () => undefined,
    };
  };
  return Object.assign(engine, { asked });
}

describe('norms at the end of a training', () => {
  const { prepare, environment } = useTrainings();

  it('take the moments of its images where validation images are found as well', async () => {
    const engine = engineWith('as good');
    const preparation = await prepare({});
    const surroundings = environment(engine);
    const result = await train(preparation, surroundings);
    assert.equal(result.moments?.length, momentCount(preparation.spec));
    assert.equal(trainedCard(preparation, result).norms, 'training');
    assert.equal(trainingMetrics(preparation, result).norms, 'training');
    const measured = engine.asked.find(({ gives }) => gives === 'norm-sums');
    assert.deepEqual(measured?.parameters, result.parameters);
    const again = await savedResult(surroundings.folder, preparation);
    assert.deepEqual(again.moments, result.moments);
  });

  it('stay those of each tile where images are found worse, or there are none to tell', async () => {
    const preparation = await prepare({});
    const worse = await train(preparation, environment(engineWith('worse')));
    assert.equal(worse.moments, null);
    assert.ok((worse.validation?.dice ?? 0) > 0.9);
    assert.equal(trainedCard(preparation, worse).norms, 'tile');
    const blind = await prepare({ validation: 0 });
    const engine = engineWith('as good');
    assert.equal((await train(blind, environment(engine))).moments, null);
    assert.deepEqual(engine.asked, []);
  });
});
