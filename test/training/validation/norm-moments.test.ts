import assert from 'node:assert/strict';
import type { KnownNetwork } from '../../../src/engines/engine';
import type { Zyx } from '../../../src/image/region';
import { initialParameters, momentCount, type NetworkSpec } from '../../../src/network';
import { type PatchPixels, resize } from '../../../src/patches/patch-pixels';
import { trainedCard, trainingMetrics } from '../../../src/training/card';
import type { TrainingImage } from '../../../src/training/data/training-image';
import { savedResult } from '../../../src/training/result';
import { train } from '../../../src/training/train';
import { measureMoments } from '../../../src/training/validation/norm-moments';
import { type FakeEngine, fakeEngine, useTrainings } from '../fixtures';

/**
 * An engine that is right with the norms of each tile, and with those of the training as far as is asked.
 * @param fixed a number: so many pixels of each tile's foreground are not found
 */
function engineWith(fixed: 'as good' | 'worse' | number): FakeEngine & { asked: KnownNetwork[] } {
  const asked: KnownNetwork[] = [];
  const engine = fakeEngine();
  engine.createPrediction = async (source) => {
    const network = source as KnownNetwork;
    asked.push(network);
    const isRight = !network.moments || fixed !== 'worse';
    const missed = network.moments && typeof fixed === 'number' ? fixed : 0;
    return {
      predict: async (input) => {
        if (network.gives === 'norm-sums') return new Float32Array(momentCount(network.spec)).fill(1);
        let left = missed;
        return input.map((v) =>
          v > 1 && left-- > 0 ? 0 : isRight ? 1 / (1 + Math.exp(4 - 4 * v)) : v > 1 ? 0.2 : 0.7,
        );
      },
      dispose: async () => undefined,
    };
  };
  return Object.assign(engine, { asked });
}

describe('norms at the end of a training', () => {
  const { prepare, environment, samples } = useTrainings();

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

  it('take them where they cost no more than 0.005 Dice', async () => {
    const dice = async (missed: number) => {
      const { moments, validation } = await train(await prepare({}), environment(engineWith(missed)));
      return moments && validation?.dice;
    };
    const kept = await dice(2);
    assert.ok(kept && kept < 0.998 && kept > 0.995, `${kept}`);
    assert.equal(await dice(3), null);
  });

  it('count a window as much as is included of it', async () => {
    const spec: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [2, 4] };
    // three windows along x: of value 1, half included; of value 100, excluded; of value 3, included
    const values = [1, 100, 3];
    const included = [8, 0, 16];
    const image = (weights: number[]) =>
      ({
        shape: [1, 4, 12],
        trainable: null,
        read: async ([, , x]: Zyx, size: Zyx, into: PatchPixels) => {
          resize(into, 1, size);
          into.image.fill(values[x / 4]);
          into.weight.fill(0).fill(1, 0, weights[x / 4]);
        },
      }) as unknown as TrainingImage;
    const engine = fakeEngine();
    engine.createPrediction = async () => ({
      predict: async ([value]) => new Float32Array(momentCount(spec)).fill(16 * value),
      dispose: async () => undefined,
    });
    const network = { spec, parameters: initialParameters(spec, 1) };
    const moments = await measureMoments(network, [image(included)], [1, 4, 4], engine);
    assert.ok(moments && Math.abs(moments[0] - (8 * 1 + 16 * 3) / 24) < 1e-6, `${moments?.[0]}`);
    assert.equal(await measureMoments(network, [image([0, 0, 0])], [1, 4, 4], engine), null);
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

  it('take those of whole images where blocks of several are as well found', async () => {
    const engine = engineWith('as good');
    const preparation = await prepare({}, samples().slice(0, 2));
    assert.equal(preparation.split.kind, 'blocks');
    const result = await train(preparation, environment(engine));
    assert.equal(result.moments?.length, momentCount(preparation.spec));
    assert.equal(trainedCard(preparation, result).selection.norms, 'compared on blocks held out');
    const worse = await train(await prepare({ seed: 1 }, samples().slice(0, 2)), environment(engineWith('worse')));
    assert.equal(worse.moments, null);
  });

  it('stay those of each tile where a block of the only image is all there is to judge by', async () => {
    const engine = engineWith('as good');
    const preparation = await prepare({}, samples().slice(0, 1));
    assert.equal(preparation.split.kind, 'blocks');
    const result = await train(preparation, environment(engine));
    assert.ok(result.validation);
    assert.equal(result.moments, null);
    assert.ok(engine.asked.every(({ gives }) => gives === undefined));
    assert.match(String(trainedCard(preparation, result).selection.norms), /of each tile/);
  });
});
