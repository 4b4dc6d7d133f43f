import assert from 'node:assert/strict';
import { trainedCard } from '../../src/training/card';
import { findCheckpoint } from '../../src/training/checkpoints/checkpoint-files';
import type { TrainSettings } from '../../src/training/settings';
import { type TrainEnvironment, train } from '../../src/training/train';
import { type FakeEngine, fakeEngine, useTrainings } from './fixtures';

describe('the time of a training', () => {
  const { prepare: prepareWith, environment } = useTrainings();
  /** A training that takes the whole of it, though nothing rises in what the engine pretends. */
  const prepare: typeof prepareWith = async (...asked) => {
    const preparation = await prepareWith(...asked);
    const { recipe } = preparation;
    return { ...preparation, recipe: { ...recipe, earlyEnd: { ...recipe.earlyEnd, least: -1 } } };
  };
  const timed = (engine: FakeEngine, more: Partial<TrainEnvironment> = {}) =>
    environment(engine, { now: () => engine.seconds, ...more });
  const open: Partial<TrainSettings> = { epochs: null };

  for (const [minutes, cost] of [
    [2, { step: 1, voxel: 0 }],
    [5, { step: 0.1, voxel: 1e-4 }],
    [30, { step: 7, voxel: 1e-3 }],
    [1, { step: 0.02, voxel: 1e-5 }],
  ] as const) {
    it(`is filled with the whole schedule: ${minutes} minutes, ${cost.step} s a step`, async () => {
      const engine = fakeEngine();
      engine.cost = cost;
      const preparation = await prepare({ ...open, maxMinutes: minutes });
      const result = await train(preparation, timed(engine));
      assert.equal(result.ended, 'budget');
      assert.ok(Math.abs(engine.seconds / (60 * minutes) - 1) <= 0.1, `${engine.seconds} s`);
      assert.ok(Math.abs(result.seconds / (60 * minutes) - 1) <= 0.1, `${result.seconds} s`);
      const { learningRate } = preparation.settings;
      assert.ok(Math.max(...engine.rates) > 0.99 * learningRate);
      assert.ok(engine.rates.at(-1) as number, `${engine.rates.at(-1)}`);
      assert.ok((engine.rates.at(-1) as number) < 0.011 * learningRate + 1e-12, `${engine.rates.at(-1)}`);
      assert.equal(result.history.at(-1)?.step, result.steps);
      assert.ok(result.validation && result.validation.dice > 0.9);
    });
  }

  it('is ten minutes where nothing is said of it, and told', async () => {
    const engine = fakeEngine();
    const preparation = await prepare(open);
    const texts: string[] = [];
    const result = await train(preparation, timed(engine), { progress: ({ text }) => texts.push(text ?? '') });
    assert.ok(Math.abs(engine.seconds / 600 - 1) <= 0.1, `${engine.seconds} s`);
    assert.ok(result.facts.notes.includes(`default plan: 10 minutes of this machine, ${result.steps} steps`));
    assert.equal(texts[0], `default plan: 10 minutes of this machine, ${result.steps} steps`);
    assert.match(texts[20], /^step \d+ of \d+, \d+ min left, loss \d\.\d{3}/);
  });

  it('is that of the epochs where these are done sooner, with the bytes of a training without minutes', async () => {
    const untimed = await train(await prepare(), environment(fakeEngine()));
    const engine = fakeEngine();
    const both = await train(await prepare({ maxMinutes: 10 }), timed(engine));
    assert.deepEqual([both.steps, both.ended], [36, 'budget']);
    assert.deepEqual(both.parameters, untimed.parameters);
    assert.ok(engine.seconds < 60);
    const short = await train(await prepare({ maxMinutes: 0.5 }), timed(fakeEngine()));
    assert.ok(short.steps < 36 && short.ended === 'budget', `${short.steps}`);
  });

  it('is planned once: a training that was killed goes on to the same bytes on a machine that is slower', async () => {
    const whole = await train(await prepare({ ...open, maxMinutes: 1 }), timed(fakeEngine()));
    for (const killedAt of [9, 30, 44]) {
      const engine = fakeEngine();
      const where = timed(engine, { checkpointSeconds: 0 });
      engine.onStep = (step) => {
        if (step === killedAt) throw new Error('killed');
      };
      const preparation = await prepare({ ...open, maxMinutes: 1 });
      await assert.rejects(train(preparation, where), /killed/);
      assert.deepEqual((await findCheckpoint(where.folder, preparation.key)).checkpoint?.plan, whole.plan);
      engine.onStep = undefined;
      engine.cost = { step: 1.05, voxel: 1e-4 };
      const resumed = await train(preparation, where);
      assert.deepEqual([resumed.parameters, resumed.plan], [whole.parameters, whole.plan], `killed at ${killedAt}`);
      assert.deepEqual(trainedCard(preparation, resumed).threshold, whole.threshold);
    }
  });

  it('is planned anew where other work ends or begins beside it, and filled all the same', async () => {
    for (const [measured, real] of [
      [1, 0.5],
      [1, 1.8],
    ]) {
      const engine = fakeEngine();
      engine.cost = { step: measured, voxel: 0 };
      const preparation = await prepare({ ...open, maxMinutes: 4 });
      engine.onStep = (step) => {
        if (step === 12) engine.cost = { step: real, voxel: 0 };
      };
      const result = await train(preparation, timed(engine));
      assert.equal(result.ended, 'budget');
      assert.ok(Math.abs(engine.seconds / 240 - 1) <= 0.1, `${engine.seconds} s`);
      assert.ok((engine.rates.at(-1) as number) < 0.011 * preparation.settings.learningRate + 1e-12);
      const told = result.facts.notes.filter((note) => note.startsWith('planned anew at step '));
      assert.ok(told.length > 0 && told.every((note) => note.includes(real < measured ? 'quicker' : 'slower')));
      assert.equal(result.history.at(-1)?.step, result.steps);
    }
  });

  it('was planned anew once: a training that was killed after it goes on with that', async () => {
    const costs = (engine: FakeEngine, killedAt?: number) => (step: number) => {
      if (step === 12) engine.cost = { step: 0.5, voxel: 0 };
      if (step === killedAt) throw new Error('killed');
    };
    const engines = [fakeEngine(), fakeEngine()];
    for (const engine of engines) engine.cost = { step: 1, voxel: 0 };
    engines[0].onStep = costs(engines[0]);
    const whole = await train(await prepare({ ...open, maxMinutes: 2 }), timed(engines[0]));
    const [, engine] = engines;
    engine.onStep = costs(engine, whole.steps - 4);
    const where = timed(engine, { checkpointSeconds: 0 });
    const preparation = await prepare({ ...open, maxMinutes: 2 });
    await assert.rejects(train(preparation, where), /killed/);
    engine.onStep = undefined;
    const resumed = await train(preparation, where);
    assert.deepEqual([resumed.parameters, resumed.plan], [whole.parameters, whole.plan]);
  });

  it('ends after a tenth more where the machine has become slower late, with the best so far', async () => {
    const engine = fakeEngine();
    engine.onStep = (step) => {
      if (step === 70) engine.cost = { ...engine.cost, step: 3 };
    };
    const result = await train(await prepare({ ...open, maxMinutes: 2 }), timed(engine));
    assert.equal(result.ended, 'time');
    assert.ok(engine.seconds > 1.05 * 120 && engine.seconds < 1.13 * 120, `${engine.seconds} s`);
    assert.ok(result.validation);
  });

  it('has room for a step at least', async () => {
    const engine = fakeEngine();
    engine.cost = { step: 100, voxel: 0 };
    const result = await train(await prepare({ ...open, maxMinutes: 0.5 }), timed(engine));
    assert.equal(result.steps, 1);
    assert.equal(result.history.length, 1);
  });

  it('tells what patience has saved of it', async () => {
    const engine = fakeEngine();
    const preparation = await prepare({ ...open, maxMinutes: 20, patience: 3, learningRate: 1e-9 });
    const result = await train(preparation, timed(engine));
    assert.equal(result.ended, 'patience');
    const note = result.facts.notes.find((text) => text.startsWith('ended by patience')) ?? '';
    const minutes = Number(/after step \d+ of \d+, about (\d+) min sooner than planned$/.exec(note)?.[1]);
    assert.ok(Math.abs(minutes - (1200 - result.seconds) / 60) < 1.5, note);
  });
});
