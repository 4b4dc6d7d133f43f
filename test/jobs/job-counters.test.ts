import assert from 'node:assert/strict';
import path from 'node:path';
import { JobCounters, SECONDS_BOUNDS } from '../../src/jobs/host/job-counters';
import { createJobHost } from '../../src/jobs/host/job-host';
import { toyList, toyPredict } from './toy-jobs';

describe('the counts of jobs', () => {
  let time = 0;
  beforeEach(() => {
    time = 0;
  });
  const counters = () => new JobCounters(() => time);

  it('are by name and code of the error, with the seconds of those that had their turn', () => {
    const counted = counters();
    for (const [ms, code] of [
      [300, null],
      [40, null],
      [8_000_000, 'timeout'],
    ] as const) {
      const job = counted.add('predict', 'predict 1', {});
      job.begun();
      time += ms;
      job.ended(code);
    }
    counted.add('predict', 'predict 1', {}).ended('busy');
    counted.add('train', 'train 1', {}).ended('cancelled');
    const [predict, train] = counted.list();
    assert.deepEqual([predict.job, predict.done, predict.failed], ['predict', 2, { timeout: 1, busy: 1 }]);
    assert.equal(predict.seconds.count, 3);
    assert.ok(Math.abs(predict.seconds.sum - 8000.34) < 1e-9);
    const upTo = Object.fromEntries(SECONDS_BOUNDS.map((bound, i) => [bound, predict.seconds.upTo[i]]));
    assert.deepEqual([upTo[0.05], upTo[0.25], upTo[0.5], upTo[7200]], [1, 1, 2, 2]);
    assert.deepEqual([train.failed, train.seconds.count], [{ cancelled: 1 }, 0]);
  });

  it('know what runs, and since when nothing was heard of it', () => {
    const counted = counters();
    const heard: number[] = [];
    const job = counted.add('threshold', 'pixel', { onProgress: ({ done }) => heard.push(done) });
    assert.deepEqual(counted.listRunning(), []);
    job.begun();
    time = 5000;
    assert.deepEqual(counted.listRunning(), [{ job: 'threshold', lane: 'pixel', silentFor: 5000 }]);
    job.listeners.onProgress?.({ done: 1, total: 2 });
    time = 5100;
    assert.deepEqual(counted.listRunning(), [{ job: 'threshold', lane: 'pixel', silentFor: 100 }]);
    job.ended(null);
    assert.deepEqual([counted.listRunning(), heard], [[], [1]]);
  });

  it('keep where a job last computed', () => {
    const counted = counters();
    const places: unknown[] = [];
    const { listeners } = counted.add('predict', 'predict', { onChoice: (place) => places.push(place) });
    assert.equal(counted.lastPlace('predict'), null);
    const choice = { engine: 'onnx', device: 'cpu', precision: 'float32', reason: 'named', warnings: [] } as const;
    listeners.onChoice?.({ ...choice, warnings: [] });
    listeners.onChoice?.({ waitsFor: 'train nuclei' });
    listeners.onChoice?.(null);
    assert.deepEqual(counted.lastPlace('predict'), { engine: 'onnx', device: 'cpu', precision: 'float32' });
    assert.equal(counted.lastPlace('train'), null);
    assert.equal(places.length, 3);
  });

  it('are those of a host', async () => {
    const settings = { roots: ['/'], modelsFolder: '/m', scratchFolder: '/s', scratchQuotaMB: 1 };
    const host = createJobHost(settings, { entry: path.join(__dirname, 'toy-worker.js'), pixelWorkers: 1 });
    try {
      await host.run('list-samples', toyList({ do: 'pid' }));
      await assert.rejects(host.run('list-samples', toyList({ do: 'fail', how: 'invalid' })));
      await host.run('predict', toyPredict({ do: 'pid' }));
      const counts = host.stats().jobs.map(({ job, done, failed, seconds }) => [job, done, failed, seconds.count]);
      assert.deepEqual(counts, [
        ['list-samples', 1, { 'invalid-input': 1 }, 2],
        ['predict', 1, {}, 1],
      ]);
      assert.deepEqual(host.stats().running, []);
      assert.deepEqual(host.stats().predictsOn, { engine: 'onnx', device: 'cpu', precision: 'float32' });
    } finally {
      await host.shutdown();
    }
  });
});
