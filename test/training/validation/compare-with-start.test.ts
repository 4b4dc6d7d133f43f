import assert from 'node:assert/strict';
import { CancelledError } from '../../../src/base/errors';
import type { ModelCard } from '../../../src/models/card';
import { parameterCount } from '../../../src/network';
import { trainedCard, trainingMetrics } from '../../../src/training/card';
import type { StartModel } from '../../../src/training/fine-tuning';
import { train } from '../../../src/training/train';
import { type FakeEngine, fakeEngine, useTrainings } from '../fixtures';

const SPEC = { dimensions: 2 as const, inChannels: 1, filters: [8, 16, 32] };

/** A model whose first weight is 0, which no step leaves so. */
function startModel(more: Partial<ModelCard> = {}): StartModel {
  const card = {
    ...{ name: 'old', version: 'v3', dimensions: 2, divisor: 4, threshold: 0.6, patch: { z: null, y: 16, x: 16 } },
    architecture: { type: 'residual-unet', filters: SPEC.filters },
    channels: [{ index: 0, name: 'c' }],
    ...more,
  } as unknown as ModelCard;
  return { card, parameters: new Float32Array(parameterCount(SPEC)) };
}

/** An engine whose predictions are right with the start's weights, with others, or with both. */
function engineThatIsRight(when: { atStart: boolean; later: boolean }): FakeEngine {
  const engine = fakeEngine();
  engine.createPrediction = async (source) => {
    const { parameters } = source as { parameters: Float32Array };
    const isRight = parameters[0] === 0 ? when.atStart : when.later;
    return {
      predict: async (input) => input.map((v) => (isRight ? 1 / (1 + Math.exp(4 - 4 * v)) : v > 1 ? 0.2 : 0.7)),
      dispose: async () => undefined,
    };
  };
  return engine;
}

describe('a training that starts from a model', () => {
  const { prepare, environment } = useTrainings();
  const tune = async (engine: FakeEngine, settings: Parameters<typeof prepare>[0] = {}, start = startModel()) => {
    const preparation = await prepare(settings, undefined, start);
    const result = await train(preparation, environment(engine));
    return { result, card: trainedCard(preparation, result), metrics: trainingMetrics(preparation, result) };
  };

  it('says how good that one was, and warns where the new one is worse', async () => {
    const { result, card, metrics } = await tune(engineThatIsRight({ atStart: true, later: false }));
    const startDice = metrics.startDice as number;
    assert.ok(startDice > 0.95 && (metrics.validationDice as number) < 0.7, JSON.stringify(metrics));
    const comparison = { startedFrom: 'old@v3', startDice, dice: metrics.validationDice, isWorse: true };
    assert.deepEqual(card.comparison, comparison);
    assert.match(
      String(metrics.warnings),
      /the model is worse than old@v3, .*Dice 0\.\d+ on .*, (0\.9|1\.0)\d+ before/,
    );
    assert.deepEqual(metrics.warnings, result.facts.notes.slice(-1));
  });

  it('warns of nothing where it is better or as good', async () => {
    for (const atStart of [true, false]) {
      const { card, metrics } = await tune(engineThatIsRight({ atStart, later: true }));
      assert.equal(card.comparison?.isWorse, false);
      assert.ok((card.comparison?.dice ?? 0) > 0.95);
      assert.deepEqual(metrics.warnings, []);
    }
  });

  it('judges it as its own card says: threshold, patch and tiles', async () => {
    const seen: unknown[] = [];
    const start = startModel({ tiles: 'large', patch: { z: null, y: 20, x: 24 }, threshold: 0.9 });
    const preparation = await prepare({}, undefined, start);
    const where = environment(engineThatIsRight({ atStart: true, later: true }));
    const { predict } = where;
    await train(preparation, {
      ...where,
      predict: (session, pixels, shape, geometry) => {
        seen.push(geometry);
        return predict(session, pixels, shape, geometry);
      },
    });
    assert.deepEqual(seen[0], { dimensions: 2, patch: { z: null, y: 20, x: 24 }, divisor: 4, tiles: 'large' });
    assert.deepEqual((seen[1] as { tiles: string }).tiles, 'patch');
    const strict = await tune(engineThatIsRight({ atStart: false, later: true }), {}, startModel({ threshold: 0.75 }));
    assert.equal(strict.metrics.startDice, 0);
  });

  it('says that it was not compared without validation', async () => {
    const { card, metrics } = await tune(engineThatIsRight({ atStart: true, later: false }), { validation: 0 });
    assert.equal(card.comparison, undefined);
    assert.deepEqual(
      [metrics.startDice, metrics.notes.at(-1), metrics.warnings],
      [null, 'not compared with old@v3: there was no validation', []],
    );
  });

  it('is compared after a kill and when it is asked for again as it would have been without', async () => {
    const whole = await tune(engineThatIsRight({ atStart: true, later: false }));
    for (const killedAt of [1, 14]) {
      const engine = engineThatIsRight({ atStart: true, later: false });
      const where = environment(engine, { checkpointSeconds: 0 });
      const preparation = await prepare({}, undefined, startModel());
      engine.onStep = (step) => {
        if (step === killedAt) throw new Error('killed');
      };
      await assert.rejects(train(preparation, where), /killed/);
      engine.onStep = undefined;
      const resumed = await train(preparation, where);
      assert.deepEqual(trainedCard(preparation, resumed).comparison, whole.card.comparison);
      assert.deepEqual(resumed.parameters, whole.result.parameters);
      assert.deepEqual(await train(preparation, where).then(({ facts }) => facts), resumed.facts);
    }
  });

  it('has no result where it is stopped while the start is judged', async () => {
    const stop = new AbortController();
    const where = environment(engineThatIsRight({ atStart: true, later: true }));
    const { predict } = where;
    const preparation = await prepare({}, undefined, startModel());
    const stopping = train(
      preparation,
      {
        ...where,
        predict: async (...given) => {
          stop.abort();
          const [session, pixels, shape, geometry] = given;
          return predict(session, pixels, shape, geometry);
        },
      },
      { stop: stop.signal },
    );
    await assert.rejects(stopping, CancelledError);
  });
});
