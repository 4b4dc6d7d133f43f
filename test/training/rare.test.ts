import assert from 'node:assert/strict';
import type { Step, TrainingOptions } from '../../src/engines/engine';
import type { Sample } from '../../src/samples/sample';
import { train } from '../../src/training/train';
import { type FakeEngine, fakeEngine, useTrainings } from './fixtures';

describe('a training on rare foreground', () => {
  const { album, prepare, environment } = useTrainings();

  /** Four planes with a square of 4 x 4 or so each. */
  const rare = (): Sample[] =>
    [0, 1, 2, 3].map((k) => {
      const [shape, side] = [[1, 1, 1, 64, 64] as const, 4 + k];
      const isIn = (i: number) => i % 64 >= 20 && i % 64 < 20 + side && i >= 20 * 64 && i < (20 + side) * 64;
      const raw = album().add(`rare${k}-raw`, [...shape], (i) => (isIn(i) ? 900 : 100) + ((i * 7919) % 97));
      const target = album().add(`rare${k}-seg`, [...shape], (i) => (isIn(i) ? 255 : 0), 'uint8');
      return { id: `rare${k}`, raw, target };
    });

  /** Keeps what the engine is told and given. */
  function watched(): { engine: FakeEngine; options: TrainingOptions[]; held: number[] } {
    const engine = fakeEngine();
    const [options, held]: [TrainingOptions[], number[]] = [[], []];
    const { createTraining } = engine;
    engine.createTraining = async (spec, given, start) => {
      options.push(given);
      const session = await createTraining(spec, given, start);
      const steps = (some: Step[]) => {
        held.push(...some.map(({ batch }) => batch.target.reduce((sum, v) => sum + v, 0)));
        return session.steps(some);
      };
      return { ...session, steps };
    };
    return { engine, options, held };
  }

  it('smooths the loss and adds objects to patches, and says so', async () => {
    const { engine, options, held } = watched();
    const preparation = await prepare({}, rare());
    const result = await train(preparation, environment(engine));
    assert.ok((options[0].diceSmoothing ?? 0) > 10, `${options[0].diceSmoothing}`);
    const note =
      /^foreground is rare \(0\.\d+ % of the pixels\): .*; of its about 3 objects one is added to 50 % of the patches$/;
    assert.equal(result.facts.notes.filter((text) => note.test(text)).length, 1, `${result.facts.notes}`);
    const plain = watched();
    const recipe = { ...preparation.recipe, rare: { ...preparation.recipe.rare, fewObjects: 0 } };
    await train({ ...preparation, recipe }, environment(plain.engine));
    assert.ok(held.every((voxels, step) => voxels >= plain.held[step]));
    const more = held.filter((voxels, step) => voxels > plain.held[step]).length / held.length;
    // of a batch of two patches, of which half have an object more
    assert.ok(more > 0.5 && more < 0.95, `${more}`);
  });

  it('tells a training on more foreground nothing', async () => {
    const { engine, options } = watched();
    const result = await train(await prepare(), environment(engine));
    assert.ok(options.every((given) => !('diceSmoothing' in given)));
    assert.ok(!result.facts.notes.some((note) => note.includes('rare')));
  });

  it('gives the same bytes after a kill, and where images are read from their files', async () => {
    const set = rare();
    const whole = await train(await prepare({}, set), environment(fakeEngine()));
    const engine = fakeEngine();
    const where = environment(engine, { checkpointSeconds: 0 });
    engine.onStep = (step) => {
      if (step === 14) throw new Error('killed');
    };
    await assert.rejects(train(await prepare({}, set), where), /killed/);
    engine.onStep = undefined;
    assert.deepEqual((await train(await prepare({}, set), where)).parameters, whole.parameters);
    const streamed = await train(await prepare({}, set), environment(fakeEngine(), { memoryMB: 1e-6 }));
    assert.deepEqual(streamed.parameters, whole.parameters);
  });
});
