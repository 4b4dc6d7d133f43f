import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { findCheckpoint } from '../../src/training/checkpoints/checkpoint-files';
import { endedEarly, isEarlyLook } from '../../src/training/early-end';
import type { EpochRecord } from '../../src/training/history';
import type { TrainingPlan } from '../../src/training/plan';
import { defaultRecipe } from '../../src/training/recipe';
import type { TrainSettings } from '../../src/training/settings';
import { train } from '../../src/training/train';
import { type FakeEngine, fakeEngine, useTrainings } from './fixtures';

const { earlyEnd: RECIPE } = defaultRecipe(2, true);

const planOf = (...steps: number[]): TrainingPlan => {
  return { steps, minutes: 10, reserve: 0, judgedVoxels: 1, tryMirror: false };
};
const rest = { loss: 0.5, threshold: 0.5, learningRate: 0.001, seconds: 0 };
const row = (step: number, validationDice: number | null, more: Partial<EpochRecord> = {}): EpochRecord => {
  return { ...rest, epoch: step, step, validationDice, ...more };
};

/** A curve of Dice by steps, how far an epoch lies from it (autocorrelated), steps planned and steps of an epoch. */
interface Curve {
  dice: (step: number) => number;
  deviation: number;
  memory: number;
  steps: number;
  epoch: number;
}

/** Power laws, curves that come to rest, and logarithms, which never do; smooth to very noisy. */
function curveOf(random: Random): Curve {
  const steps = Math.round(300 * 2 ** random.range(0, 6));
  const rise = 0.02 * 20 ** random.uniform();
  const kind = random.uniform();
  const power = 0.15 * 10 ** random.uniform();
  const time = steps * 10 ** random.range(-2, 0);
  const each = 0.005 * 10 ** random.uniform();
  const dice = (step: number) =>
    kind < 0.5
      ? 0.9 - rise * (step / 20) ** -power
      : kind < 0.75
        ? 0.9 - rise * Math.exp(-step / time)
        : 0.6 + each * Math.log(step);
  const deviation = 0.0005 * 40 ** random.uniform();
  const memory = random.chance(0.5) ? 0 : 0.7;
  return { dice, deviation, memory, steps, epoch: Math.max(1, Math.round(steps / (20 * 20 ** random.uniform()))) };
}

/** Nothing is found at first, as of what is rare: then the curve rises, somewhere before its end. */
function lateCurveOf(random: Random): Curve {
  const curve = curveOf(random);
  const from = Math.log(curve.steps * 20 ** -random.uniform());
  const steepness = random.range(3, 13);
  return { ...curve, dice: (step) => 0.9 / (1 + Math.exp(-steepness * (Math.log(step) - from))) };
}

/** What ending early costs on a curve, and the share of the steps that it saves. */
function simulated({ dice, deviation, memory, steps, epoch }: Curve, random: Random): { loss: number; saved: number } {
  const history: EpochRecord[] = [];
  let noise = 0;
  for (let step = epoch; step < steps; step += epoch) {
    noise = memory * noise + Math.sqrt(1 - memory ** 2) * deviation * random.normal();
    history.push(row(step, dice(step) + noise));
    const plan = isEarlyLook(step - epoch, step) ? endedEarly(planOf(steps), history, step, RECIPE) : null;
    if (plan) return { loss: dice(steps) - dice(plan.steps[0]), saved: 1 - plan.steps[0] / steps };
  }
  return { loss: 0, saved: 0 };
}

describe('training/early-end', () => {
  for (const [what, seed, make] of [
    ['a curve that rises from its start', 5, curveOf],
    ['one that lies flat before it rises', 6, lateCurveOf],
  ] as const)
    it(`hardly ever costs anything: ${what}`, () => {
      const random = new Random(seed, 1);
      const all = Array.from({ length: 1000 }, () => simulated(make(random), random));
      const early = all.filter(({ saved }) => saved > 0).map(({ loss }) => loss);
      const mean = all.reduce((sum, { loss }) => sum + loss, 0) / all.length;
      assert.ok(early.length > 0.05 * all.length, `${early.length}`);
      assert.ok(mean < 0.0001, `${mean}`);
      const sorted = early.toSorted((a, b) => a - b);
      assert.ok(sorted[Math.floor(0.95 * sorted.length)] < 0.002, `${sorted.slice(-10)}`);
    });

  it('ends a curve at rest once a share of the steps is done, with room for the rate to come down', () => {
    const flat = Array.from({ length: 200 }, (_, i) => row(5 * (i + 1), 0.9));
    assert.equal(endedEarly(planOf(1000), flat.slice(0, 78), 390, RECIPE), null);
    const plan = endedEarly(planOf(1000), flat.slice(0, 90), 450, RECIPE);
    assert.deepEqual([plan?.steps, plan?.early], [[540], { step: 450, planned: 1000 }]);
    assert.equal(plan && endedEarly(plan, flat.slice(0, 92), 460, RECIPE), null, 'once');
    assert.equal(endedEarly(planOf(1000), flat.slice(0, 160), 800, RECIPE), null, 'it would save next to nothing');
    const rising = flat.map((at) => ({ ...at, validationDice: 0.9 + 0.02 * Math.log(at.step) }));
    assert.equal(endedEarly(planOf(1000), rising.slice(0, 90), 450, RECIPE), null);
  });

  it('does not take for rest that nothing is found yet', () => {
    const flat = Array.from({ length: 90 }, (_, i) => 5 * (i + 1));
    const judged = flat.map((step) => row(step, step < 440 ? 0.02 : 0.03));
    assert.equal(endedEarly(planOf(1000), judged, 450, RECIPE), null);
    const learned = flat.map((step) => row(step, null, { loss: 1.02 }));
    assert.equal(endedEarly(planOf(1000), learned, 450, RECIPE), null);
  });

  it('goes by the loss where nothing is held out, of the last stage alone', () => {
    const folds = [row(30, 0.5, { loss: 0.9 }), row(60, 0.9, { loss: 0.8 })];
    const last = (loss: (step: number) => number) =>
      Array.from({ length: 90 }, (_, i) => row(60 + 5 * (i + 1), null, { loss: loss(5 * (i + 1)) }));
    const plan = planOf(30, 30, 1000);
    const ended = endedEarly(plan, [...folds, ...last(() => 0.2)], 450, RECIPE);
    assert.deepEqual([ended?.steps, ended?.early], [[30, 30, 540], { step: 510, planned: 1060 }]);
    assert.equal(endedEarly(plan, [...folds, ...last((step) => 0.9 - 0.1 * Math.log(step))], 450, RECIPE), null);
    const noisy = last((step) => 0.2 + 0.05 * Math.sin(step));
    assert.equal(endedEarly(plan, [...folds, ...noisy], 450, RECIPE), null, 'noise may hide a rise');
  });
});

describe('a training in which nothing rises any more', () => {
  const { prepare: prepareWith, samples, environment } = useTrainings();
  const settings = { epochs: null, maxMinutes: 4, validation: 0 };
  /** Epochs of four patches, so that few steps are many epochs. */
  const prepare = (more: Partial<TrainSettings>) => {
    const patches = { sizeZ: null, sizeY: 32, sizeX: 32, perImage: 1, overlap: 0, seed: 0 };
    const few = samples().map((sample) => ({ ...sample, patches: { ...patches, sampling: 'balanced' as const } }));
    return prepareWith({ ...settings, ...more }, few);
  };
  const resting = () => Object.assign(fakeEngine(), { lossOf: () => 0.3 });

  it('ends sooner, with its rate at its end, says so, and resumes to the same bytes', async () => {
    const engine = resting();
    const texts: string[] = [];
    const where = environment(engine, { now: () => engine.seconds });
    const result = await train(await prepare({}), where, { progress: ({ text }) => texts.push(text ?? '') });
    const { early } = result.plan;
    assert.ok(early && result.ended === 'early');
    assert.ok(result.steps < 0.85 * early.planned && result.steps >= early.step, `${result.steps}`);
    assert.ok((engine.rates.at(-1) as number) < 0.02 * (await prepare({})).settings.learningRate);
    const note = result.facts.notes.find((text) => text.includes('nothing rises any more')) ?? '';
    assert.match(
      note,
      /^step \d+ of \d+: nothing rises any more, so that it ends after \d+ steps, about \d+ (min|s) sooner than planned$/,
    );
    assert.ok(texts.some((text) => /step \d+ of \d+ instead of \d+, nothing rises any more, /.test(text)));
    // The engine counts the steps that were measured, too.
    const measured = engine.rates.length - result.steps;
    for (const killedAt of [early.step - 1, early.step + 2, result.steps - 1].map((step) => measured + step)) {
      const second = resting();
      const place = environment(second, { now: () => second.seconds, checkpointSeconds: 0 });
      second.onStep = (step) => {
        if (step === killedAt) throw new Error('killed');
      };
      const preparation = await prepare({});
      await assert.rejects(train(preparation, place), /killed/);
      const { checkpoint } = await findCheckpoint(place.folder, preparation.key);
      assert.equal(checkpoint?.plan.early !== undefined, killedAt > measured + early.step);
      second.onStep = undefined;
      const resumed = await train(preparation, place);
      assert.deepEqual([resumed.parameters, resumed.plan, resumed.ended], [result.parameters, result.plan, 'early']);
    }
  });

  it('goes on to its end where a person set epochs or patience, or the loss may fall still', async () => {
    const planned = async (more: Partial<TrainSettings>, engine: FakeEngine = resting()) => {
      const where = environment(engine, { now: () => engine.seconds });
      return (await train(await prepare(more), where)).plan.early;
    };
    assert.equal(await planned({ epochs: 120 }), undefined);
    assert.equal(await planned({ patience: 1000 }), undefined);
    const falling = Object.assign(fakeEngine(), { lossOf: (step: number) => 1 - 0.1 * Math.log(step) });
    assert.equal(await planned({}, falling), undefined);
  });
});
