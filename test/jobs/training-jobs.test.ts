import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError } from '../../src/base/errors';
import {
  attachTraining,
  detachTraining,
  type EndedTraining,
  findTraining,
  saveTraining,
  type TrainingControl,
  takeEndedTraining,
  trainingHash,
} from '../../src/jobs/host/training-jobs';
import type { JobOutput } from '../../src/jobs/job-types';
import { trainMetrics } from '../support/job-metrics';
import { COMPUTE, IMAGE, TRAIN_SETTINGS } from './toy-jobs';

type Output = JobOutput<'train'>;
const OUTPUT: Output = { model: { name: 'm', version: '1', uri: 'file:///m', sha256: '' }, metrics: trainMetrics() };
const PROGRESS = {
  done: 1,
  total: 2,
  epoch: 1,
  step: 3,
  loss: 0.5,
  validationDice: 0.9,
  learningRate: 1e-3,
  seconds: 1,
  remaining: 1,
};

/** A training that a test drives by hand. */
function toyTraining() {
  const started: TrainingControl[] = [];
  let finish: (output: Output) => void = () => undefined;
  const start = (control: TrainingControl) => {
    started.push(control);
    return new Promise<Output>((resolve, reject) => {
      finish = resolve;
      control.signal.addEventListener('abort', () => reject(new CancelledError('train')));
      control.stop.addEventListener('abort', () => resolve({ ...OUTPUT, metrics: trainMetrics({ ended: 'stopped' }) }));
    });
  };
  return { started, start, finish: () => finish(OUTPUT) };
}

describe('training jobs', () => {
  let key = '';
  let number = 0;
  beforeEach(() => {
    key = `node-${number++}`;
  });
  afterEach(() => detachTraining(key, true));

  it('hashes settings, samples and compute, whatever the order of keys', () => {
    const sample = { id: 'a', raw: IMAGE };
    const hash = trainingHash(TRAIN_SETTINGS, [sample], COMPUTE);
    assert.equal(trainingHash({ ...TRAIN_SETTINGS }, [{ raw: IMAGE, id: 'a' }], COMPUTE), hash);
    assert.notEqual(trainingHash({ ...TRAIN_SETTINGS, epochs: 2 }, [sample], COMPUTE), hash);
    assert.notEqual(trainingHash(TRAIN_SETTINGS, [sample, sample], COMPUTE), hash);
    assert.notEqual(trainingHash(TRAIN_SETTINGS, [sample], { ...COMPUTE, threads: 7 }), hash);
    assert.equal(
      trainingHash(TRAIN_SETTINGS, [sample], { ...COMPUTE, queue: 7 }),
      hash,
      'who may wait decides nothing',
    );
    assert.match(hash, /^[0-9a-f]{64}$/);
  });

  it('survives a redeploy: the same hash finds the running job and its later progress and result', async () => {
    const toy = toyTraining();
    const before = attachTraining(key, 'h', toy.start, { context: { message: 1 }, settingsHash: 's' });
    const seenBefore: number[] = [];
    before.onProgress(({ step }) => seenBefore.push(step));
    toy.started[0].onProgress(PROGRESS);
    detachTraining(key, false, 1000);
    const after = findTraining(key, 's');
    assert.ok(after);
    assert.deepEqual(after.context, { message: 1 });
    assert.equal(after.lastProgress?.step, 3);
    assert.equal(attachTraining(key, 'h', toy.start), after);
    const seenAfter: number[] = [];
    after.onProgress(({ step }) => seenAfter.push(step));
    toy.started[0].onProgress({ ...PROGRESS, step: 4 });
    toy.finish();
    assert.deepEqual(await after.result, OUTPUT);
    assert.deepEqual([seenBefore, seenAfter], [[3], [4]]);
    assert.equal(toy.started.length, 1);
    assert.equal(findTraining(key, 's'), null);
  });

  it('tells a node that comes later where it runs', () => {
    const toy = toyTraining();
    const job = attachTraining(key, 'hash', toy.start);
    job.result.catch(() => undefined);
    const choice = { engine: 'onnx', device: 'cuda', precision: 'float32', reason: 'fast', warnings: [] } as const;
    const [control] = toy.started;
    control.onChoice({ ...choice, warnings: [] });
    const told: Array<string | null> = [];
    const ignore = job.onChoice((now) => told.push(now && 'waitsFor' in now ? now.waitsFor : (now?.device ?? null)));
    control.onChoice(null);
    control.onChoice({ ...choice, device: 'cpu', warnings: ['cuda failed'] });
    ignore();
    control.onChoice({ ...choice, device: 'webgpu', warnings: [] });
    assert.deepEqual(told, ['cuda', null, 'cpu']);
  });

  it('keeps a result that came while no node was attached, and hands it over once', async () => {
    const toy = toyTraining();
    attachTraining(key, 'h', toy.start, { settingsHash: 's' });
    detachTraining(key, false, 1000);
    toy.finish();
    await sleep(5);
    const found = findTraining(key, 's');
    assert.deepEqual(await found?.result, OUTPUT);
    assert.equal(findTraining(key, 's'), null);
    attachTraining(key, 'h', toy.start);
    assert.equal(toy.started.length, 2);
  });

  it('cancels when no node comes back within the grace time', async () => {
    const toy = toyTraining();
    const training = attachTraining(key, 'h', toy.start, { settingsHash: 's' });
    detachTraining(key, false, 20);
    await assert.rejects(training.result, { code: 'cancelled' });
    assert.equal(findTraining(key, 's'), null);
  });

  it('cancels when the node is removed, when its settings change, and when its data change', async () => {
    const toy = toyTraining();
    const removed = attachTraining(key, 'h', toy.start);
    detachTraining(key, true);
    await assert.rejects(removed.result, { code: 'cancelled' });
    const changed = attachTraining(key, 'h', toy.start, { settingsHash: 's' });
    detachTraining(key, false, 1000);
    assert.equal(findTraining(key, 'other'), null);
    await assert.rejects(changed.result, { code: 'cancelled' });
    const replaced = attachTraining(key, 'h', toy.start);
    const replacement = attachTraining(key, 'h2', toy.start);
    await assert.rejects(replaced.result, { code: 'cancelled' });
    toy.finish();
    assert.deepEqual(await replacement.result, OUTPUT);
    assert.equal(toy.started.length, 4);
  });

  it('says once why a training was ended and where it was, to its hook and to the node that comes back', async () => {
    const told: EndedTraining[] = [];
    const hooks = { settingsHash: 's', onEnded: (ended: EndedTraining) => told.push(ended) };
    const begin = (hash = 'h') => {
      const toy = toyTraining();
      const training = attachTraining(key, hash, toy.start, hooks);
      training.result.catch(() => undefined);
      toy.started[0].onProgress(PROGRESS);
      return toy;
    };
    begin();
    detachTraining(key, false, 1);
    await sleep(20);
    assert.deepEqual(takeEndedTraining(key), { cause: 'away', progress: PROGRESS });
    assert.equal(takeEndedTraining(key), null);
    begin();
    assert.equal(findTraining(key, 'other'), null);
    assert.deepEqual(takeEndedTraining(key), { cause: 'settings', progress: PROGRESS });
    begin('h1');
    begin('h2');
    detachTraining(key, true);
    assert.deepEqual(
      told.map(({ cause }) => cause),
      ['away', 'settings', 'data', 'removed'],
    );
    assert.equal(takeEndedTraining(key), null);
    const toy = begin();
    toy.finish();
    await sleep(1);
    detachTraining(key, true);
    assert.equal(told.length, 4, 'nothing is said of one that came to its end');
  });

  it('saves before it is given up, and goes on where its node comes back meanwhile', async () => {
    const toy = toyTraining();
    const training = attachTraining(key, 'h', toy.start, { settingsHash: 's' });
    training.result.catch(() => undefined);
    let saves = 0;
    let saved: () => void = () => undefined;
    toy.started[0].offerSave(() => {
      saves++;
      return new Promise((resolve) => {
        saved = resolve;
      });
    });
    detachTraining(key, false, 1);
    await sleep(20);
    assert.equal(findTraining(key, 's'), training);
    saved();
    await sleep(5);
    assert.deepEqual([saves, toy.started[0].signal.aborted], [1, false]);
    detachTraining(key, false, 1);
    await sleep(20);
    assert.deepEqual([saves, toy.started[0].signal.aborted], [2, false]);
    saved();
    await sleep(5);
    assert.equal(toy.started[0].signal.aborted, true);
  });

  it('waits for a save no longer than it may, and for none where nothing runs or it fails', async () => {
    await saveTraining(key);
    const toy = toyTraining();
    attachTraining(key, 'h', toy.start).result.catch(() => undefined);
    await saveTraining(key);
    toy.started[0].offerSave(() => new Promise(() => undefined));
    const begin = performance.now();
    await saveTraining(key, 30);
    assert.ok(performance.now() - begin < 1000);
    toy.started[0].offerSave(() => Promise.reject(new Error('the disk is full')));
    await saveTraining(key);
  });

  it('stops with the best so far', async () => {
    const toy = toyTraining();
    const training = attachTraining(key, 'h', toy.start);
    training.stop();
    assert.deepEqual((await training.result).metrics, trainMetrics({ ended: 'stopped' }));
  });

  it('forgets a training that ended, so that the same data train anew', async () => {
    const toy = toyTraining();
    const first = attachTraining(key, 'h', toy.start);
    toy.finish();
    await first.result;
    const second = attachTraining(key, 'h', toy.start);
    assert.notEqual(second, first);
    assert.equal(toy.started.length, 2);
  });
});
