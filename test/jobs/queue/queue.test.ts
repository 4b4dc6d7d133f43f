import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SegmenterError } from '../../../src/base/errors';
import type { WorkPlace } from '../../../src/jobs/job-types';
import { type QueueServer, serverProgram, startServer } from '../../support/queue-servers';
import { toyTrain } from '../toy-jobs';
import { Bench, QUICK } from './queue-under-test';

const isCode = (code: string, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof SegmenterError, String(error));
  assert.match(error.message, text);
  return error.code === code;
};

for (const kind of ['redis', 'postgres'] as const) {
  describe(`a queue on ${kind}`, function () {
    this.timeout(180_000);
    let server: QueueServer;
    let bench: Bench;
    before(async function () {
      if (serverProgram(kind) === null) return this.skip();
      server = await startServer(kind);
      bench = new Bench(server.address);
    });
    after(async () => {
      await bench?.end();
      await server?.remove();
    });

    it('keeps a job until a worker comes, and puts what comes of it where all reach it', async () => {
      const places: WorkPlace[] = [];
      const input = bench.input({ do: 'echo', text: 'hello' });
      const job = bench.runner().run('predict', input, { onChoice: (place) => places.push(place) });
      await until(() => places.length > 0);
      assert.deepEqual(places, [{ waitsFor: 'compute (worker)' }]);
      await bench.worker({ name: 'pc-1' });
      const output = await job;
      assert.equal(output.model.name, 'hello');
      assert.match(output.probability.uri, /segmenter-queue\/results\/[0-9a-f]{64}\/probability\.ome\.tiff$/);
      assert.equal(readdirSync(path.join(bench.shared, 'segmenter-queue', 'results')).length, 1);
      assert.match(String(output.metrics.chosen), /on cpu.*\(worker pc-1\)/);
    });

    it('does many by two, each once, in the order that each flow handed them in', async () => {
      await bench.worker({ name: 'pc-2' });
      const runner = bench.runner();
      const names = Array.from({ length: 20 }, (_, i) => `job ${i}`);
      bench.lines.splice(0);
      const jobs = names.map((text) => runner.run('predict', bench.input({ do: 'echo', text })));
      const done = (await Promise.all(jobs)).map(({ model }) => model.name);
      assert.deepEqual(done, names);
      assert.equal(bench.lines.filter((line) => line.includes(': done in')).length, 20);
    });

    it('tells of progress at most once a second, and cancels what runs and what waits', async () => {
      const runner = bench.runner();
      const told = [0, 0, 0];
      const cancel = new AbortController();
      const jobs = told.map((_, i) => {
        const onProgress = () => told[i]++;
        return runner.run('predict', bench.input({ do: 'progress', times: 1000, everyMs: 20 }), {
          signal: cancel.signal,
          onProgress,
        });
      });
      const all = Promise.allSettled(jobs);
      const first = performance.now();
      await until(() => Math.max(...told) > 1);
      const begin = performance.now();
      assert.ok(Math.max(...told) <= 1 + (begin - first) / 1000, String(told));
      cancel.abort();
      for (const outcome of await all) {
        assert.ok(outcome.status === 'rejected' && outcome.reason instanceof SegmenterError);
        assert.equal(outcome.reason.code, 'cancelled');
      }
      assert.ok(performance.now() - begin < 5000);
      assert.equal((await runner.run('predict', bench.input({ do: 'echo', text: 'next' }))).model.name, 'next');
    });

    it('gives all who ask for the same training the same one, whoever takes its answer first', async () => {
      const runners = Array.from({ length: 3 }, () => bench.runner());
      for (const ms of [300, 310, 320, 330]) {
        bench.lines.splice(0);
        const asked = runners.map((runner) => runner.run('train', toyTrain({ do: 'wait', ms })));
        const seconds = (await Promise.all(asked)).map(({ metrics }) => metrics.seconds);
        assert.equal(new Set(seconds).size, 1);
        assert.equal(bench.lines.filter((line) => line.includes(': done in')).length, 1, bench.lines.join('\n'));
      }
    });

    it('passes on the error of a job, and of files that are not what they were', async () => {
      const runner = bench.runner();
      const failing = runner.run('predict', bench.input({ do: 'fail', how: 'invalid' }));
      await assert.rejects(failing, isCode('invalid-input', /./));
      const outside = path.join(bench.folder, 'outside', 'toy.tif');
      writeFileSync(outside, 'toy');
      const lost = runner.run('predict', bench.input({ do: 'pid' }, outside));
      await assert.rejects(
        lost,
        isCode('not-allowed', /lies in no folder that the workers of the queue reach \(shared: lab=/),
      );
    });

    it('refuses what no worker takes, and says of each why', async () => {
      const input = bench.input({ do: 'pid' });
      const onGpu = bench.runner().run('predict', { ...input, compute: { ...input.compute, device: 'cuda' } });
      await assert.rejects(onGpu, isCode('unsupported', /pc-1 has no onnx-cuda for predict; pc-2 has no onnx-cuda/));
      const newer = bench.runner({ version: '2.0.0' }).run('predict', input);
      await assert.rejects(newer, isCode('unsupported', /of version 2\.0\.0: pc-1 has version 1\.0\.0 of the package/));
    });

    it('is busy while the server is away, and goes on when it is back, with nothing lost or done twice', async () => {
      const runner = bench.runner();
      let isBegun = false;
      bench.lines.splice(0);
      const onProgress = () => {
        isBegun = true;
      };
      const progress = { do: 'progress', times: 20, everyMs: 100 } as const;
      const running = runner.run('predict', bench.input(progress), { onProgress });
      await until(() => isBegun);
      await server.kill();
      const begin = performance.now();
      await assert.rejects(runner.run('predict', bench.input({ do: 'pid' })), isCode('busy', /the queue .* is away/));
      assert.ok(performance.now() - begin < 2 * QUICK.answerMs + 1000);
      await server.start();
      await running;
      assert.equal(bench.lines.filter((line) => line.includes(': done in')).length, 1);
      await until(() =>
        runner.run('predict', bench.input({ do: 'echo', text: 'on' })).then(
          () => true,
          () => false,
        ),
      );
    });

    it('takes what was done while the server was away for so long that connections were made anew', async () => {
      const runner = bench.runner();
      let isBegun = false;
      bench.lines.splice(0);
      const onProgress = () => {
        isBegun = true;
      };
      const progress = { do: 'progress', times: 20, everyMs: 100 } as const;
      const running = runner.run('predict', bench.input(progress), { onProgress });
      await until(() => isBegun);
      await server.kill();
      await sleep(QUICK.rebuildMs + 2 * QUICK.answerMs);
      await server.start();
      assert.equal((await running).model.name, 'progressed');
      // Who had the job lets go of it, whoever did it in the end.
      const begin = performance.now();
      await until(async () => {
        const { workers } = await runner.state();
        const isFree = workers.every(({ isAlive, devices }) => !isAlive || devices.every(({ job }) => job === null));
        assert.ok(isFree || performance.now() - begin < 60_000, JSON.stringify(workers.map(({ devices }) => devices)));
        return isFree;
      });
    });

    it('never gives one job the answer of another, though the server lost its memory', async function () {
      if (kind === 'postgres') return this.skip();
      // A queue that nobody has used yet, where both jobs are the first.
      const version = '3.0.0';
      const [one, other] = [bench.runner({ version }), bench.runner({ version })];
      await bench.closeWorkers();
      const first = one.run('predict', bench.input({ do: 'echo', text: 'first' }));
      await until(async () => (await one.state()).waiting === 1);
      await server.forget();
      const second = other.run('predict', bench.input({ do: 'echo', text: 'second' }));
      await until(async () => ((await other.state()).waiting ?? 0) > 0);
      await bench.worker({ name: 'pc-9', version });
      assert.deepEqual(
        (await Promise.all([first, second])).map(({ model }) => model.name),
        ['first', 'second'],
      );
    });
  });
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(50);
}
