import assert from 'node:assert/strict';
import { trainedCard } from '../../src/training/card';
import { withPlannedNetwork } from '../../src/training/network-size';
import type { TrainSettings } from '../../src/training/settings';
import { readStarters } from '../../src/training/starters';
import { train } from '../../src/training/train';
import { type FakeEngine, fakeEngine, useTrainings } from './fixtures';

describe('the size of a network that nobody chose', () => {
  const { prepare: prepareWith, environment, album } = useTrainings();
  const prepare: typeof prepareWith = async (...asked) => {
    const preparation = await prepareWith(...asked);
    return { ...preparation, recipe: { ...preparation.recipe, quickBelow: { foreground: 30, objects: 0 } } };
  };
  const open: Partial<TrainSettings> = { modelSize: 'auto', epochs: null, maxMinutes: 0.5 };

  /** An engine whose steps take a time for each parameter. */
  function engineOf(secondsOfMedium: number): FakeEngine {
    const engine = fakeEngine();
    const { createTraining } = engine;
    let most = 0;
    engine.createTraining = (spec, options, start) => {
      most = Math.max(most, start.parameters.length);
      engine.cost = { step: (secondsOfMedium * start.parameters.length) / most, voxel: 0 };
      return createTraining(spec, options, start);
    };
    return engine;
  }
  const timed = (engine: FakeEngine) => environment(engine, { now: () => engine.seconds, checkpointSeconds: 0 });
  const firstMaps = (result: Awaited<ReturnType<typeof train>>, preparation: Awaited<ReturnType<typeof prepare>>) =>
    trainedCard(withPlannedNetwork(preparation, result.plan), result).architecture.filters?.[0];

  it('is the medium one where there is time for many steps of it', async () => {
    const preparation = await prepare(open);
    const result = await train(preparation, timed(engineOf(0.25)));
    assert.equal(result.plan.isQuick, undefined);
    assert.equal(firstMaps(result, preparation), 16);
    assert.ok(result.facts.notes.some((note) => /^network: \d levels, 16-32/.test(note)));
  });

  it('is the small one where there is time for few, planned by its own speed, and told', async () => {
    const preparation = await prepare({ ...open, maxMinutes: 1 });
    const engine = engineOf(2);
    const result = await train(preparation, timed(engine));
    assert.equal(result.plan.isQuick, true);
    assert.equal(firstMaps(result, preparation), 8);
    assert.ok(Math.abs(engine.seconds / 60 - 1) <= 0.1, `${engine.seconds} s`);
    const told = result.facts.notes.filter((note) => note.startsWith('network: '));
    assert.equal(told.length, 1);
    assert.match(told[0], /8-16.*; small, for there is time for fewer than \d+ steps of a medium one$/);
  });

  it('stays so where the training was killed, to the same bytes', async () => {
    const whole = await train(await prepare(open), timed(engineOf(1)));
    const engine = engineOf(1);
    const where = timed(engine);
    engine.onStep = (step) => {
      if (step === 60) throw new Error('killed');
    };
    const preparation = await prepare(open);
    await assert.rejects(train(preparation, where), /killed/);
    engine.onStep = undefined;
    const resumed = await train(preparation, where);
    assert.deepEqual([resumed.parameters, resumed.plan], [whole.parameters, whole.plan]);
    assert.deepEqual((await train(preparation, where)).parameters, whole.parameters, 'it has ended');
  });

  it('is the medium one where epochs say how long, however few the steps', async () => {
    for (const maxMinutes of [null, 60]) {
      const preparation = await prepare({ modelSize: 'auto', maxMinutes });
      const result = await train(preparation, timed(engineOf(1)));
      assert.deepEqual([result.plan.isQuick, firstMaps(result, preparation)], [undefined, 16]);
    }
  });

  it('is what was chosen, whatever the time', async () => {
    const preparation = await prepare({ ...open, modelSize: 'medium' });
    const result = await train(preparation, timed(engineOf(1)));
    assert.deepEqual([result.plan.isQuick, firstMaps(result, preparation)], [undefined, 16]);
  });

  it('begins with starter weights where there is time for few steps, or that is set, and says so', async () => {
    const starters = await readStarters();
    const begun = async (more: Partial<TrainSettings>, below: number) => {
      const large = ['e', 'ff'].map((id) =>
        album().sample(`${id}${below}${Object.keys(more)[0]}`, [1, 1, 1, 128, 128]),
      );
      const preparation = await prepare({ ...open, ...more }, large);
      const starterBelow = { foreground: below, objects: 1 };
      const recipe = { ...preparation.recipe, starterBelow };
      const asked = { ...preparation, recipe, starters: more.starter === 'never' ? [] : starters };
      const result = await train(asked, timed(engineOf(2)));
      const planned = withPlannedNetwork(asked, result.plan);
      const { starter } = trainedCard(planned, result).recipe as { starter?: { name: string } };
      const isTold = result.facts.notes.some(
        (note) => note === 'begun with the starter weights small-2d, learned from simulated images',
      );
      assert.equal(isTold, starter !== undefined);
      return starter?.name;
    };
    assert.equal(await begun({}, 10_000), 'small-2d');
    assert.equal(await begun({}, 1), undefined);
    assert.equal(await begun({ starter: 'always' }, 1), 'small-2d');
    assert.equal(await begun({ starter: 'never' }, 10_000), undefined);
    assert.equal(await begun({ modelSize: 'medium' }, 10_000), undefined, 'there are none for it');
  });
});
