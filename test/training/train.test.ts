import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CancelledError } from '../../src/base/errors';
import { trainedCard } from '../../src/training/card';
import { networkNote } from '../../src/training/network-size';
import { savedResult } from '../../src/training/result';
import type { TrainContext, TrainProgress } from '../../src/training/settings';
import { type TrainEnvironment, train } from '../../src/training/train';
import { fakeEngine, predictWhole, useTrainings } from './fixtures';

describe('training/train', () => {
  const { album, samples, prepare, environment } = useTrainings();

  it('does the budget, validates, and leaves weights, metrics and a card', async () => {
    const preparation = await prepare();
    const engine = fakeEngine();
    const where = environment(engine);
    const reports: TrainProgress[] = [];
    const result = await train(preparation, where, { progress: (p) => reports.push(p) });
    // 3 of 4 images x 8 patches x 3 epochs / 2 a batch
    assert.equal(preparation.budget.steps, 36);
    assert.equal(engine.rates.length, 36);
    assert.equal(result.ended, 'budget');
    assert.equal(result.history.length, 3);
    assert.ok(result.validation && result.validation.dice > 0.9, `${result.validation?.dice}`);
    assert.deepEqual(result.validation.perImage.length, 1);
    const ends = reports.filter((report) => report.epochEnd);
    assert.deepEqual(
      ends.map(({ epoch, step }) => [epoch, step]),
      [
        [1, 12],
        [2, 24],
        [3, 36],
      ],
    );
    assert.equal(ends[2].remaining, 0);
    const csv = readFileSync(path.join(where.folder, 'metrics.csv'), 'utf8').trim().split('\n');
    assert.equal(csv[0], 'epoch,step,loss,validationDice,threshold,learningRate,seconds');
    assert.equal(csv.length, 4);
    const card = trainedCard(preparation, result);
    assert.equal(card.threshold, result.threshold);
    assert.deepEqual(card.data.map(({ split }) => split).sort(), ['train', 'train', 'train', 'val']);
    assert.equal(engine.disposed, 1);
  });

  for (const better of ['patch', 'large'] as const) {
    it(`takes ${better} tiles where the validation images are predicted better with them`, async () => {
      const seen = new Set<string>();
      const predict: TrainEnvironment['predict'] = async (session, pixels, shape, geometry) => {
        seen.add(geometry.tiles);
        const probabilities = await predictWhole(session, pixels, shape, geometry);
        return geometry.tiles === better ? probabilities : probabilities.map((p) => 0.8 * (1 - p));
      };
      const preparation = await prepare();
      const result = await train(preparation, environment(fakeEngine(), { predict }));
      assert.deepEqual([...seen], ['patch', 'large']);
      assert.equal(result.tiles, better);
      assert.ok(result.validation && result.validation.dice > 0.9, `${result.validation?.dice}`);
      assert.equal(trainedCard(preparation, result).tiles, better);
    });

    it(`keeps to ${better} tiles where they are set`, async () => {
      const seen = new Set<string>();
      const predict: TrainEnvironment['predict'] = (session, pixels, shape, geometry) => {
        seen.add(geometry.tiles);
        return predictWhole(session, pixels, shape, geometry);
      };
      const result = await train(await prepare({ tiles: better }), environment(fakeEngine(), { predict }));
      assert.deepEqual([[...seen], result.tiles], [[better], better]);
    });
  }

  it('gives the same bytes for the same seed, others for another', async () => {
    const [a, b, c] = [await prepare(), await prepare(), await prepare({ seed: 2 })];
    assert.equal(a.key, b.key);
    assert.notEqual(a.key, c.key);
    const results = [];
    for (const preparation of [a, b, c]) results.push(await train(preparation, environment(fakeEngine())));
    assert.deepEqual(results[0].parameters, results[1].parameters);
    assert.notDeepEqual(results[0].parameters, results[2].parameters);
  });

  it('reads region by region what memory cannot hold, with the same result', async () => {
    const held = await train(await prepare(), environment(fakeEngine()));
    const before = album().reads.length;
    const streamed = await train(await prepare(), environment(fakeEngine(), { memoryMB: 0.0001 }));
    assert.ok(album().reads.length - before > 150);
    assert.deepEqual(streamed.parameters, held.parameters);
    assert.deepEqual(streamed.validation, held.validation);
  });

  it('notes what befell it and where another engine went on, once', async () => {
    const engine = fakeEngine();
    const where = environment(engine, { checkpointSeconds: 0 });
    engine.onStep = (step) => {
      if (step === 7 || step === 20) throw new Error('lost');
    };
    await assert.rejects(train(await prepare(), where), /lost/);
    const other = { ...where, engine: Object.assign(fakeEngine(), { device: 'cuda' as const }), notes: ['it fell'] };
    other.engine.onStep = engine.onStep;
    await assert.rejects(train(await prepare(), other), /lost/);
    other.engine.onStep = undefined;
    const preparation = await prepare();
    const { facts } = await train(preparation, { ...other, notes: ['it fell', 'it fell again'] });
    const change = 'from step 6 on computed by onnx on cuda, before by onnx on cpu';
    const network = networkNote(preparation, {});
    assert.deepEqual(facts.notes, [...preparation.notes, network, 'it fell', change, 'it fell again']);
    const again = await train(preparation, where);
    assert.deepEqual(trainedCard(preparation, again).metrics.notes, facts.notes);
  });

  it('gives the same result whatever number of steps an engine takes at once, none across an epoch', async () => {
    const single = await train(await prepare(), environment(fakeEngine()));
    const engine = fakeEngine(5);
    const result = await train(await prepare(), environment(engine));
    // the first call shows how long a step takes
    assert.deepEqual(engine.calls, [1, 5, 5, 1, 5, 5, 2, 5, 5, 2]);
    assert.deepEqual(result.parameters, single.parameters);
    const untimed = ({ history }: typeof single) => history.map(({ seconds: _, ...rest }) => rest);
    assert.deepEqual(untimed(result), untimed(single));
  });

  it('takes no more steps at once than fit into a second', async () => {
    for (const [seconds, calls] of [
      [2, [1, 1, 1, 1]],
      [0.4, [1, 2, 2, 2]],
    ] as const) {
      const engine = fakeEngine(5);
      await train(await prepare(), environment(engine, { now: () => engine.rates.length * seconds }));
      assert.deepEqual(engine.calls.slice(0, 4), calls);
    }
  });

  it('ends by stop and cancel between the calls of several steps', async () => {
    const stop = new AbortController();
    const engine = fakeEngine(5);
    engine.onStep = (step) => {
      if (step === 14) stop.abort();
    };
    const result = await train(await prepare(), environment(engine), { stop: stop.signal });
    assert.equal(result.ended, 'stopped');
    assert.equal(engine.rates.length, 17);
    assert.equal(result.step, 12);
  });

  it('returns a finished result at once', async () => {
    const engine = fakeEngine();
    const where = environment(engine);
    const first = await train(await prepare(), where);
    const again = await train(await prepare(), where);
    assert.equal(engine.rates.length, 36);
    assert.deepEqual(again.parameters, first.parameters);
  });

  it('keeps the averaged weights of the last step without validation', async () => {
    const result = await train(await prepare({ validation: 0 }), environment(fakeEngine()));
    assert.equal(result.validation, null);
    assert.equal(result.threshold, 0.5);
    assert.equal(result.step, 48);
  });

  it('holds out a block of each image where there are few', async () => {
    const few = [album().sample('e', [1, 1, 1, 48, 40]), album().sample('f', [1, 1, 1, 48, 40])];
    const result = await train(await prepare({ epochs: 1 }, few), environment(fakeEngine()));
    assert.equal(result.facts.validationImages, 2);
    assert.match(result.facts.notes.join(), /a block of 2 of 2 images/);
    assert.ok(result.validation && result.validation.dice > 0.9);
  });

  it('ends by patience', async () => {
    const result = await train(await prepare({ epochs: 50, patience: 4 }), environment(fakeEngine()));
    assert.equal(result.ended, 'patience');
    assert.equal(result.history.at(-1)?.epoch, 5);
  });

  it('keeps the best so far when a person stops it', async () => {
    const stop = new AbortController();
    const engine = fakeEngine();
    engine.onStep = (step) => {
      if (step === 20) stop.abort();
    };
    const result = await train(await prepare(), environment(engine), { stop: stop.signal });
    assert.equal(result.ended, 'stopped');
    assert.equal(engine.rates.length, 20);
    assert.equal(result.step, 12);
    assert.ok(result.validation);
  });

  it('saves a checkpoint when it is cancelled, from which the best can be published', async () => {
    const cancel = new AbortController();
    const engine = fakeEngine();
    engine.onStep = (step) => {
      if (step === 20) cancel.abort();
    };
    const preparation = await prepare();
    const where = environment(engine);
    const context: TrainContext = { signal: cancel.signal };
    await assert.rejects(train(preparation, where, context), CancelledError);
    const saved = await savedResult(where.folder, preparation);
    assert.equal(saved.steps, 20);
    assert.equal(saved.step, 12);
    await assert.rejects(savedResult(where.folder, { ...preparation, key: 'f'.repeat(64) }), /no model to keep/);
  });

  it('names the step at which the loss is lost, and keeps the checkpoint before', async () => {
    const engine = fakeEngine();
    engine.lossOf = (step) => (step === 17 ? Number.NaN : 1);
    const preparation = await prepare();
    const where = environment(engine);
    await assert.rejects(train(preparation, where), /training step 17: the loss is NaN/);
    assert.equal((await savedResult(where.folder, preparation)).steps, 12);
  });

  it('trains on planes of stacks in 2D, and on time points one by one', async () => {
    const stack = album().sample('stack', [2, 1, 5, 32, 32]);
    const preparation = await prepare({ dimensions: 2, epochs: 1, validation: 0 }, [stack]);
    assert.equal(preparation.budget.epochPatches, 16);
    const result = await train(preparation, environment(fakeEngine()));
    assert.equal(result.facts.images, 2);
  });

  it('leaves out an image that is excluded as a whole, and refuses when none is left', async () => {
    const weight = album().add('weight', [1, 1, 1, 32, 32], () => 0, 'uint8');
    const all = samples().map((sample, i) => (i === 0 ? { ...sample, weight } : sample));
    const result = await train(await prepare({ validation: 0, epochs: 1 }, all), environment(fakeEngine()));
    assert.equal(result.facts.images, 3);
    assert.match(result.facts.notes.join(), /a was left out: every pixel is excluded/);
    const none = await prepare({ validation: 0 }, [all[0]]);
    await assert.rejects(train(none, environment(fakeEngine())), /all are excluded/);
  });

  it('refuses segmentations without background', async () => {
    const full = album().add('full', [1, 1, 1, 32, 32], () => 3, 'uint8');
    const stated = { ...full, foreground: { kind: 'above' as const, value: 0 } };
    const all = samples().map((sample) => ({ ...sample, target: stated }));
    await assert.rejects(train(await prepare({}, all), environment(fakeEngine())), {
      code: 'invalid-input',
      message:
        /expected some background, got none in .*: every pixel is foreground \(> 0\); set foreground where they are loaded$/,
    });
  });

  it('names the rule by which segmentations are without foreground', async () => {
    const empty = album().add('none of 7', [1, 1, 1, 32, 32], () => 0, 'uint8');
    const foreground = { kind: 'values' as const, values: [7] };
    const all = samples().map((sample) => ({ ...sample, target: { ...empty, foreground } }));
    await assert.rejects(
      train(await prepare({}, all), environment(fakeEngine())),
      /expected some foreground \(7\), got none in/,
    );
  });

  it('refuses segmentations without foreground', async () => {
    const empty = album().add('empty', [1, 1, 1, 32, 32], () => 0, 'uint8');
    const preparation = await prepare({}, [{ ...samples()[0], target: empty }]);
    await assert.rejects(train(preparation, environment(fakeEngine())), /expected some foreground .*got none in a/);
    const others = samples().map((sample, i) => ({ ...sample, target: i === 0 ? sample.target : empty }));
    const split = others.map((sample, i) => ({ ...sample, split: i === 0 ? ('val' as const) : ('train' as const) }));
    await assert.rejects(
      train(await prepare({}, split), environment(fakeEngine())),
      /got none in bb, ccc, dddd; held out for validation or test are a$/,
    );
  });

  it('refuses NaN pixels', async () => {
    const raw = album().add('nan', [1, 1, 1, 32, 32], (i) => (i < 3 ? Number.NaN : i), 'float32');
    const preparation = await prepare({}, [{ ...samples()[0], raw }]);
    await assert.rejects(
      train(preparation, environment(fakeEngine())),
      /nan \(.*nan\.raw\): a, channel channel 0: 3 pixels are NaN/,
    );
  });
});
