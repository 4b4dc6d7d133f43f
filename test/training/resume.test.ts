import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CancelledError } from '../../src/base/errors';
import { trainedCard } from '../../src/training/card';
import { findCheckpoint } from '../../src/training/checkpoints/checkpoint-files';
import { savedResult, type TrainingResult } from '../../src/training/result';
import type { TrainContext } from '../../src/training/settings';
import { type TrainEnvironment, train } from '../../src/training/train';
import { fakeEngine, predictWhole, useTrainings } from './fixtures';

describe('a training that was interrupted', () => {
  const { prepare, environment } = useTrainings();

  /** The history without the time it took. */
  const untimed = ({ history }: TrainingResult) => history.map(({ seconds: _, ...rest }) => rest);
  const spoil = (folder: string, name: string) => {
    const bytes = readFileSync(path.join(folder, name));
    bytes[200] ^= 1;
    writeFileSync(path.join(folder, name), bytes);
  };

  it('goes on after a kill as if nothing had happened', async () => {
    const whole = await train(await prepare(), environment(fakeEngine()));
    for (const killedAt of [12, 29]) {
      const engine = fakeEngine();
      const where = environment(engine, { checkpointSeconds: 0 });
      engine.onStep = (step) => {
        if (step === killedAt) throw new Error('killed');
      };
      await assert.rejects(train(await prepare(), where), /killed/);
      engine.onStep = undefined;
      engine.rates = [];
      const resumed = await train(await prepare(), where);
      assert.equal(engine.rates.length, 36 - (killedAt - 1));
      assert.deepEqual(resumed.parameters, whole.parameters);
      assert.equal(resumed.threshold, whole.threshold);
      assert.deepEqual(
        resumed.history.map(({ seconds: _, ...rest }) => rest),
        whole.history.map(({ seconds: _, ...rest }) => rest),
      );
    }
  });

  it('goes on in the middle of an epoch after a kill, several steps at once', async () => {
    const whole = await train(await prepare(), environment(fakeEngine()));
    const engine = fakeEngine(5);
    const where = environment(engine, { checkpointSeconds: 0 });
    engine.onStep = (step) => {
      if (step === 16) throw new Error('killed');
    };
    await assert.rejects(train(await prepare(), where), /killed/);
    engine.onStep = undefined;
    engine.rates = [];
    const resumed = await train(await prepare(), where);
    assert.equal(engine.rates.length, 24);
    assert.deepEqual(resumed.parameters, whole.parameters);
  });

  it('goes on from the checkpoint before where the newest is damaged, says so, and gives the same bytes', async () => {
    const whole = await train(await prepare(), environment(fakeEngine()));
    for (const both of [false, true]) {
      const engine = fakeEngine();
      const where = environment(engine, { checkpointSeconds: 0 });
      engine.onStep = (step) => {
        if (step === 20) throw new Error('killed');
      };
      await assert.rejects(train(await prepare(), where), /killed/);
      engine.onStep = undefined;
      engine.rates = [];
      spoil(where.folder, 'training.ckpt');
      if (both) spoil(where.folder, 'training.before.ckpt');
      const preparation = await prepare();
      const told = new Set<string>();
      const result = await train(preparation, where, {
        progress: ({ warnings = [] }) => {
          for (const warning of warnings) told.add(warning);
        },
      });
      assert.equal(engine.rates.length, both ? 36 : 36 - 18);
      assert.deepEqual(result.parameters, whole.parameters);
      assert.deepEqual(untimed(result), untimed(whole));
      const { metrics } = trainedCard(preparation, result);
      assert.deepEqual(metrics.warnings, [...told]);
      assert.equal(told.size, both ? 2 : 1);
      assert.match([...told].join(), both ? /starts anew/ : /goes on from the checkpoint before it, at step 18/);
      assert.deepEqual((await train(preparation, where)).facts.warnings, [...told], 'a later part says it still');
    }
  });

  it('is not held up by a folder where its metrics belong', async () => {
    const where = environment(fakeEngine());
    mkdirSync(path.join(where.folder, 'metrics.csv'), { recursive: true });
    assert.equal((await train(await prepare(), where)).ended, 'budget');
  });

  it('can be done again after it was stopped or cancelled before its first step', async () => {
    const whole = await train(await prepare(), environment(fakeEngine()));
    const where = environment(fakeEngine());
    for (const context of [{ stop: AbortSignal.abort() }, { signal: AbortSignal.abort() }]) {
      await assert.rejects(train(await prepare(), where, context), CancelledError);
      await assert.rejects(savedResult(where.folder, await prepare()), /no model to keep/);
    }
    const result = await train(await prepare(), where);
    assert.deepEqual([result.ended, result.parameters], ['budget', whole.parameters]);
  });

  it('makes up for a validation in whose middle it was cancelled, with the same bytes', async () => {
    for (const settings of [{}, { patience: 1, epochs: 50, learningRate: 1e-9 }]) {
      const whole = await train(await prepare(settings), environment(fakeEngine()));
      let predictions = 0;
      const count: TrainEnvironment['predict'] = (...inputs) => {
        predictions++;
        return predictWhole(...inputs);
      };
      await train(await prepare(settings), environment(fakeEngine(), { predict: count }));
      for (let cancelledAt = 1; cancelledAt <= predictions; cancelledAt++) {
        const cancel = new AbortController();
        let at = 0;
        const predict: TrainEnvironment['predict'] = (...inputs) => {
          if (++at !== cancelledAt) return predictWhole(...inputs);
          cancel.abort();
          throw new CancelledError();
        };
        const where = environment(fakeEngine(), { predict });
        await assert.rejects(train(await prepare(settings), where, { signal: cancel.signal }), CancelledError);
        const result = await train(await prepare(settings), where);
        assert.deepEqual(result.parameters, whole.parameters, `validation ${cancelledAt}`);
        assert.deepEqual([untimed(result), result.ended], [untimed(whole), whole.ended], `validation ${cancelledAt}`);
      }
    }
  });

  it('saves when it is asked to, at the end of a step and in the middle of a validation, and goes on', async () => {
    const whole = await train(await prepare(), environment(fakeEngine()));
    const engine = fakeEngine();
    let save: () => Promise<void> = async () => undefined;
    const saved: Array<Promise<number>> = [];
    const preparation = await prepare();
    const ask = async () => {
      await save();
      const { checkpoint } = await findCheckpoint(where.folder, preparation.key);
      return checkpoint?.state.step ?? -1;
    };
    engine.onStep = (step) => {
      if (step === 5) saved.push(ask());
    };
    let asked: Promise<number> | null = null;
    const where = environment(engine, {
      predict: async (...inputs) => {
        asked ??= ask();
        // Nothing goes on before it is saved.
        assert.equal(await asked, 12);
        return predictWhole(...inputs);
      },
    });
    const context: TrainContext = {
      offerSave: (how) => {
        save = how;
      },
    };
    const result = await train(preparation, where, context);
    assert.deepEqual(await Promise.all(saved), [5]);
    assert.deepEqual([result.parameters, untimed(result)], [whole.parameters, untimed(whole)]);
    await save();
  });
});
