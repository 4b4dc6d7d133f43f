import assert from 'node:assert/strict';
import { CancelledError } from '../../src/base/errors';
import type { Sample } from '../../src/samples/sample';
import { trainedCard, trainingMetrics } from '../../src/training/card';
import { findCheckpoint } from '../../src/training/checkpoints/checkpoint-files';
import { savedResult, type TrainingResult } from '../../src/training/result';
import type { TrainProgress } from '../../src/training/settings';
import { type TrainEnvironment, train } from '../../src/training/train';
import type { PlattMap } from '../../src/trust/calibration';
import { fakeEngine, predictWhole, useTrainings } from './fixtures';

/** Six files x 8 patches x 5 epochs / 2 a batch: 120 steps, 3 folds of 15 and the rest. */
const AUTO = { epochs: 5, validation: null };
const STEPS = [15, 15, 15, 75];
const ALL = 120;

const near = (found: number, expected: number) => assert.ok(Math.abs(found - expected) < 1e-9, `${found}, ${expected}`);

describe('cross-fitting', () => {
  const { album, samples, prepare: prepareWith, environment } = useTrainings();
  const six = (): Sample[] => [...samples(), ...['eeeee', 'ffffff'].map((id) => album().sample(id))];
  let images: Sample[];
  beforeEach(() => {
    images = six();
  });
  const prepare: typeof prepareWith = (settings, of = images, start = null) =>
    prepareWith({ ...AUTO, ...settings }, of, start);
  const untimed = ({ history }: TrainingResult) => history.map(({ seconds: _, ...rest }) => rest);
  const outcomeOf = (result: TrainingResult) => {
    const { parameters, moments, outcome, validation, threshold, tiles, step, steps, plan, ended } = result;
    return {
      parameters,
      moments,
      outcome,
      validation,
      threshold,
      tiles,
      step,
      steps,
      plan,
      ended,
      rows: untimed(result),
    };
  };

  it('judges each image by a training without it, then trains on all', async () => {
    const preparation = await prepare();
    const engine = fakeEngine();
    const reports: TrainProgress[] = [];
    const result = await train(preparation, environment(engine), { progress: (p) => reports.push(p) });
    assert.deepEqual(result.plan.steps, STEPS);
    assert.equal(engine.rates.length, ALL);
    assert.equal(engine.disposed, STEPS.length);
    assert.deepEqual([result.ended, result.steps, result.step], ['budget', ALL, ALL]);
    assert.deepEqual(result.validation?.perImage.map(({ id }) => id).sort(), images.map(({ id }) => id).sort());
    assert.ok(result.validation && result.validation.dice > 0.9, `${result.validation?.dice}`);
    // Each stage warms up and comes to an end.
    let end = 0;
    for (const steps of STEPS) {
      end += steps;
      assert.ok(engine.rates[end - 1] < 0.05 * 0.01, `${end}: ${engine.rates[end - 1]}`);
      assert.ok(Math.max(...engine.rates.slice(end - steps, end)) > 0.0099);
    }
    const places = [...new Set(reports.map(({ stage }) => JSON.stringify(stage)))].map((text) => JSON.parse(text));
    assert.deepEqual(places, [
      ...[1, 2, 3].map((fold) => ({ fold, folds: 3, images: 4 })),
      { fold: null, folds: 3, images: 6 },
    ]);
    assert.match(reports[0].text ?? '', /^fold 1 of 3, step \d+ of 120, /);
    assert.match(reports.at(-1)?.text ?? '', /^training on all 6 images, step 120 of 120, .* validation Dice 1\.000/);
    assert.deepEqual(
      reports.map(({ epoch }) => epoch),
      reports.map(({ epoch }) => epoch).sort((a, b) => a - b),
    );
  });

  it('fills the card with what the folds say', async () => {
    const preparation = await prepare();
    const result = await train(preparation, environment(fakeEngine()));
    const card = trainedCard(preparation, result);
    assert.deepEqual(
      card.data.map(({ split }) => split),
      Array(6).fill('train'),
    );
    const { calibrationOfFolds, learned, gap, thresholdOfFolds } = card.selection as Record<string, PlattMap>;
    assert.ok(card.calibration && calibrationOfFolds.slope > 0 && Number(thresholdOfFolds) > 0);
    near(card.calibration.slope, gap.slope * learned.slope);
    near(card.calibration.shift, gap.slope * learned.shift + gap.shift);
    const { expected } = card;
    assert.ok(expected && expected.files === 6 && expected.images === 6);
    assert.ok(expected.low < expected.dice && expected.dice <= expected.high);
    assert.deepEqual(trainingMetrics(preparation, result).expected, expected);
    const { outcome } = await stoppedAt(100).then((stopped) => stopped.result);
    assert.ok(outcome && outcome.expected.high <= expected.high, 'the model may be better than its folds');
    const { selection } = card;
    assert.equal(selection.split, 'folds');
    assert.equal(selection.level, 'acquisition');
    assert.deepEqual(
      (selection.folds as Array<{ images: number }>).map(({ images: n }) => n),
      [2, 2, 2],
    );
    assert.deepEqual(Object.keys(selection.forms as object).sort(), [
      'tile-large',
      'tile-patch',
      'training-large',
      'training-patch',
    ]);
    assert.match(String(selection.expected), /out of fold/);
  });

  for (const lastFrom of ['fold', 'anew'] as const) {
    it(`begins the last training ${lastFrom === 'fold' ? 'with the weights of the last fold' : 'anew'}`, async () => {
      const starts: Float32Array[] = [];
      const ends: Float32Array[] = [];
      const engine = fakeEngine();
      const { createTraining } = engine;
      engine.createTraining = async (spec, options, state) => {
        starts.push(state.parameters.slice());
        const session = await createTraining(spec, options, state);
        const { dispose } = session;
        return {
          ...session,
          dispose: async () => {
            ends.push((await session.readState()).average);
            await dispose();
          },
        };
      };
      const preparation = await prepare();
      preparation.recipe.crossFitting.lastFrom = lastFrom;
      await train(preparation, environment(engine));
      assert.deepEqual(starts[1], starts[0]);
      assert.deepEqual(starts[2], starts[0]);
      assert.deepEqual(starts[3], lastFrom === 'fold' ? ends[2] : starts[0]);
    });
  }

  it('goes on after a kill in any stage as if nothing had happened', async function () {
    this.timeout(120_000);
    const whole = outcomeOf(await train(await prepare(), environment(fakeEngine())));
    for (const killedAt of [1, 15, 16, 46, 90]) {
      for (const checkpointSeconds of [0, 1e9]) {
        const engine = fakeEngine();
        const where = environment(engine, { checkpointSeconds });
        engine.onStep = (step) => {
          if (step === killedAt) throw new Error('killed');
        };
        await assert.rejects(train(await prepare(), where), /killed/);
        engine.onStep = undefined;
        assert.deepEqual(outcomeOf(await train(await prepare(), where)), whole, `killed at ${killedAt}`);
      }
    }
  });

  it('goes on after a kill or a cancel in any prediction as if nothing had happened', async function () {
    this.timeout(120_000);
    const settings = { epochs: 4 };
    const whole = outcomeOf(await train(await prepare(settings), environment(fakeEngine())));
    let predictions = 0;
    const counting: TrainEnvironment['predict'] = (...inputs) => {
      predictions++;
      return predictWhole(...inputs);
    };
    await train(await prepare(settings), environment(fakeEngine(), { predict: counting }));
    assert.ok(predictions >= 24, `${predictions}`);
    for (let at = 1; at <= predictions; at++) {
      const how = at % 2 === 0 ? 'kill' : 'cancel';
      const cancel = new AbortController();
      let count = 0;
      const predict: TrainEnvironment['predict'] = (...inputs) => {
        if (++count !== at) return predictWhole(...inputs);
        if (how === 'kill') throw new Error('killed');
        cancel.abort();
        throw new CancelledError();
      };
      const where = environment(fakeEngine(), { predict });
      await assert.rejects(train(await prepare(settings), where, { signal: cancel.signal }));
      assert.deepEqual(outcomeOf(await train(await prepare(settings), where)), whole, `${how} at ${at}`);
    }
  });

  const stoppedAt = async (at: number) => {
    const stop = new AbortController();
    const engine = fakeEngine();
    engine.onStep = (step) => {
      if (step === at) stop.abort();
    };
    const preparation = await prepare();
    const where = environment(engine);
    const result = await train(preparation, where, { stop: stop.signal });
    assert.equal(result.ended, 'stopped');
    assert.equal(engine.rates.length, at);
    assert.deepEqual(outcomeOf(await savedResult(where.folder, preparation)), outcomeOf(result));
    return { result, preparation };
  };

  it('keeps the weights of the first fold when a person stops it there, and says what that means', async () => {
    const { result, preparation } = await stoppedAt(12);
    assert.deepEqual([result.step, result.threshold, result.validation], [12, 0.5, null]);
    assert.match(String(result.facts.warnings), /before the training on all images: .* nothing tells how good it is/);
    assert.equal(trainedCard(preparation, result).expected, undefined);
  });

  it('keeps a fold that is done when a person stops it soon after', async () => {
    const { result } = await stoppedAt(18);
    assert.equal(result.step, 15);
    assert.equal(result.validation?.perImage.length, 2);
    assert.match(String(result.facts.warnings), /learned from those of a fold; 1 of 3 folds tell how good it is/);
    assert.equal((await stoppedAt(28)).result.step, 28);
  });

  it('keeps what the last training has when a person stops it there', async () => {
    const { result } = await stoppedAt(100);
    assert.deepEqual([result.step, result.validation?.perImage.length, result.facts.warnings], [100, 6, undefined]);
  });

  it('ends where a person stops it while a fold is judged', async () => {
    const stop = new AbortController();
    const predict: TrainEnvironment['predict'] = (...inputs) => {
      stop.abort();
      const signal = inputs[4];
      if (signal?.aborted) throw new CancelledError();
      return predictWhole(...inputs);
    };
    const result = await train(await prepare(), environment(fakeEngine(), { predict }), { stop: stop.signal });
    assert.deepEqual([result.ended, result.step, result.validation], ['stopped', 15, null]);
  });

  it('saves when it is asked to while a fold is judged', async () => {
    const preparation = await prepare();
    let save: () => Promise<void> = async () => undefined;
    let steps: number | undefined;
    const where = environment(fakeEngine(), {
      checkpointSeconds: 1e9,
      predict: async (...inputs) => {
        await save();
        const { checkpoint } = await findCheckpoint(where.folder, preparation.key);
        steps ??= checkpoint?.state.step;
        return predictWhole(...inputs);
      },
    });
    await train(preparation, where, {
      offerSave: (how) => {
        save = how;
      },
    });
    assert.equal(steps, 15);
  });

  it('fills its minutes, predictions and the last norms too', async () => {
    for (const cost of [
      { step: 1, voxel: 1e-4 },
      { step: 0.2, voxel: 2e-3 },
    ]) {
      const engine = fakeEngine();
      engine.cost = cost;
      const predict: TrainEnvironment['predict'] = async (session, pixels, shape, geometry) => {
        const mirrorings = geometry.mirror ? 4 : 1;
        engine.seconds += (mirrorings - 1) * cost.voxel * pixels.length;
        return predictWhole(session, pixels, shape, geometry);
      };
      const where = environment(engine, { predict, now: () => engine.seconds });
      const result = await train(await prepare({ epochs: null, maxMinutes: 4 }), where);
      assert.equal(result.plan.steps.length, 4);
      const folds = result.plan.steps.slice(0, 3).reduce((sum, n) => sum + n, 0);
      const share = folds / result.steps;
      assert.ok(share > 0.33 && share < 0.4, `${share}`);
      assert.ok(Math.abs(engine.seconds / 240 - 1) <= 0.1, `${engine.seconds} s`);
      assert.deepEqual([result.ended, result.validation?.perImage.length], ['budget', 6]);
    }
  });

  it('leaves folds out where each would have next to no steps, and says so', async () => {
    const result = await train(await prepare({ epochs: 1 }), environment(fakeEngine()));
    assert.deepEqual([result.plan.steps, result.validation, result.threshold], [[24], null, 0.5]);
    assert.deepEqual(result.facts.warnings, [
      'no validation: 24 steps are too few to judge by folds; give the training more minutes',
    ]);
  });

  it('takes large tiles and mirrorings where the images out of fold are predicted better with them', async () => {
    const run = async (better: (geometry: { tiles: string; mirror?: boolean }) => boolean, share = 1) => {
      const seen: string[] = [];
      const predict: TrainEnvironment['predict'] = async (session, pixels, shape, geometry) => {
        seen.push(`${geometry.tiles}${geometry.mirror ? ' mirrored' : ''}`);
        const found = await predictWhole(session, pixels, shape, geometry);
        return better(geometry) ? found : found.map((p, i) => (i % 16 === 0 ? 1 - p : p));
      };
      const preparation = await prepare();
      preparation.recipe.crossFitting.mirrored = share;
      const result = await train(preparation, environment(fakeEngine(), { predict }));
      return { card: trainedCard(preparation, result), seen };
    };
    const large = await run(({ tiles }) => tiles === 'large');
    assert.deepEqual([large.card.tiles, large.card.mirror], ['large', undefined]);
    assert.equal(large.seen.filter((text) => text === 'large mirrored').length, 2, 'the last fold alone');
    const mirrored = await run(({ mirror }) => mirror === true);
    assert.deepEqual([mirrored.card.tiles, mirrored.card.mirror], ['patch', true]);
    assert.ok((mirrored.card.selection.mirrorGain as number) > 0.003);
    const without = await run(({ mirror }) => mirror === true, 0);
    assert.deepEqual([without.card.mirror, without.card.selection.mirrorGain], [undefined, undefined]);
  });

  it('judges both ends of the only file', async () => {
    const only = [album().sample('one', [1, 1, 1, 64, 40])];
    const preparation = await prepare({ epochs: 20 }, only);
    const result = await train(preparation, environment(fakeEngine()));
    assert.equal(preparation.split.kind, 'block-folds');
    assert.equal(result.plan.steps.length, 3);
    assert.deepEqual(
      result.validation?.perImage.map(({ id }) => id),
      ['one', 'one'],
    );
    assert.deepEqual([result.outcome?.expected.files, result.moments], [1, null]);
  });

  it('trains without judging where the only file is too small', async () => {
    const only = [album().sample('o', [1, 1, 1, 4, 4])];
    const result = await train(await prepare({ epochs: 20 }, only), environment(fakeEngine()));
    assert.deepEqual([result.plan.steps.length, result.validation], [1, null]);
    assert.match(result.facts.notes.join(), /no validation: no image is large enough/);
  });

  it('predicts what a fold holds out once unseen, by the fold before it once seen, and once by the model', async () => {
    const preparation = await prepare();
    const where = environment(fakeEngine());
    const { outcome, threshold } = await train(preparation, where);
    const { checkpoint } = await findCheckpoint(where.folder, preparation.key);
    const pixels = ({ foreground, background }: { foreground: number[]; background: number[] }) =>
      [...foreground, ...background].reduce((sum, n) => sum + n, 0);
    const foregrounds = (of: { foreground: number[] }[]) =>
      of.map(({ foreground }) => foreground.reduce((sum, n) => sum + n, 0));
    const { folds = [], learned = [] } = checkpoint ?? {};
    const unseen = folds.map(({ images }) =>
      images.map(({ forms }) => forms['tile-patch'] as (typeof learned)[number]),
    );
    for (const [i, { seen = [] }] of folds.entries()) {
      assert.deepEqual(foregrounds(seen), foregrounds(unseen[(i + 1) % 3]));
    }
    assert.deepEqual(foregrounds(learned), foregrounds(unseen.flat()));
    assert.deepEqual(learned.map(pixels), unseen.flat().map(pixels));
    assert.ok(outcome?.calibration && threshold > 0 && threshold < 1);
  });

  it('says nothing of how sure the model is where a person stopped it before that was judged', async () => {
    const { result, preparation } = await stoppedAt(100);
    const card = trainedCard(preparation, result);
    assert.equal(card.calibration, undefined);
    assert.match(String(card.selection.calibration), /^none/);
    assert.equal(result.threshold, card.selection.thresholdOfFolds);
  });

  it('predicts a part of images that there is no time for', async () => {
    const large = ['a', 'b', 'c'].map((id) => album().sample(`large ${id}`, [1, 1, 1, 256, 256]));
    const sizes = new Set<string>();
    const predict: TrainEnvironment['predict'] = (session, pixels, shape, geometry) => {
      sizes.add(shape.slice(2).join());
      return predictWhole(session, pixels, shape, geometry);
    };
    const preparation = await prepare({ epochs: 6 }, large);
    preparation.plan.sizeY = 32;
    preparation.plan.sizeX = 32;
    const result = await train(preparation, environment(fakeEngine(), { predict }));
    const [size] = [...sizes].map((text) => text.split(',').map(Number));
    assert.equal(sizes.size, 1);
    assert.ok(size[0] * size[1] <= result.plan.judgedVoxels && size[0] < 256, `${size}`);
    assert.ok(result.validation?.perImage.every(({ dice }) => dice !== null));
  });

  it('compares with the model that it starts from on the same images', async () => {
    const first = await prepare();
    const { parameters } = await train(first, environment(fakeEngine()));
    const card = { ...trainedCard(first, await train(first, environment(fakeEngine()))), version: 'v1' };
    const start = { card: card as never, parameters };
    const preparation = await prepare({}, images, start);
    const result = await train(preparation, environment(fakeEngine()));
    const { comparison } = trainedCard(preparation, result);
    assert.ok(comparison && comparison.startDice > 0.9 && comparison.dice === result.validation?.dice);
  });
});
