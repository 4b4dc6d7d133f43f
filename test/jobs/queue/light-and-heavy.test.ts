import assert from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Shape5 } from '../../../src/image/region';
import type { JobInput } from '../../../src/jobs/job-types';
import { TURN_PIXELS } from '../../../src/jobs/queue/job-costs';
import type { QueueRunner } from '../../../src/jobs/queue/queue-runner';
import { type QueueServer, serverProgram, startServer } from '../../support/queue-servers';
import { type ToyCommand, toyTrain } from '../toy-jobs';
import { Bench } from './queue-under-test';

for (const kind of ['redis', 'postgres'] as const) {
  describe(`light and heavy jobs in a queue on ${kind}`, function () {
    this.timeout(240_000);
    let server: QueueServer;
    let bench: Bench;
    before(async function () {
      if (serverProgram(kind) === null) return this.skip();
      server = await startServer(kind);
      bench = new Bench(server.address);
    });
    afterEach(() => bench?.closeWorkers());
    after(async () => {
      await bench?.end();
      await server?.remove();
    });
    /** @param turns that its pixels stand for */
    const input = (id: string, turns: number, command: ToyCommand = { do: 'echo', text: id }): JobInput<'predict'> => {
      const given = bench.input(command);
      return { ...given, image: { ...given.image, id, shape: [1, 1, 1, 1, turns * TURN_PIXELS] as Shape5 } };
    };
    const worker = (name: string, speed: number, version: string) => {
      const speeds = { predict2d: speed, predict3d: speed, train2d: speed, train3d: speed };
      process.env.TOY_TRIALS = JSON.stringify({ 'onnx/cpu': { state: 'working', speeds } });
      return bench.worker({ name, version, scratchFolder: path.join(bench.folder, name) });
    };
    /** Waits until so many jobs are in the queues that a runner uses. */
    const handedIn = async (runner: QueueRunner, jobs: number) => {
      while (((await runner.state()).waiting ?? 0) < jobs) await sleep(50);
    };
    /** What jobs worked on, in the order in which they were done. */
    const done = () => bench.lines.flatMap((line) => /^\w+ (\S+) of .*: done in/.exec(line)?.[1] ?? []);

    it('go to the quickest that is free, and to a slower one where that has a heavy one', async () => {
      const version = '1.0.0';
      await worker('quick', 1e7, version);
      await worker('slow', 1e6, version);
      const runner = bench.runner({ version });
      const cancel = new AbortController();
      const by = async (id: string, turns: number, command?: ToyCommand) => {
        const { metrics } = await runner.run('predict', input(id, turns, command), { signal: cancel.signal });
        return /worker (\w+)/.exec(String(metrics.chosen))?.[1];
      };
      const isFree = async (name: string) => {
        const found = (await runner.state()).workers.find((one) => one.name === name);
        return found?.devices.every(({ job }) => job === null);
      };
      for (let i = 0; i < 3; i++) {
        assert.equal(await by(`stack-${i}`, 200), 'quick');
        while (!(await isFree('quick'))) await sleep(100);
      }
      const heavy = by('stack', 200, { do: 'wait', ms: 120_000 });
      while (await isFree('quick')) await sleep(100);
      assert.equal(await by('image', 1), 'slow');
      assert.equal(await isFree('quick'), false);
      cancel.abort();
      await assert.rejects(heavy, /cancelled/);
    });

    it('of two flows have the same time, not the same number', async () => {
      const version = '2.0.0';
      bench.lines.splice(0);
      const jobs: Promise<unknown>[] = [];
      const run = async (flow: string, turns: number, times: number) => {
        const runner = bench.runner({ version, flow });
        for (let i = 0; i < times; i++) jobs.push(runner.run('predict', input(`${flow}-${i}`, turns)));
        await handedIn(runner, jobs.length);
      };
      await run('stack', 10, 3);
      await run('image', 1, 15);
      await worker('one', 1e6, version);
      await Promise.all(jobs);
      const places = done().flatMap((id, i) => (id.startsWith('stack') ? [i] : []));
      assert.deepEqual(places, [0, 11, 17], done().join(' '));
    });

    it('wait for what is more urgent, whichever device or kind of work that asks for', async () => {
      const version = '3.0.0';
      bench.lines.splice(0);
      const compute = { ...input('', 1).compute, engine: 'auto', device: 'auto' } as const;
      const [low, normal, high] = (['low', 'normal', 'high'] as const).map((level) => bench.runner({ version, level }));
      const jobs: Promise<unknown>[] = [low.run('predict', { ...input('night', 1), compute })];
      await handedIn(low, 1);
      jobs.push(normal.run('train', toyTrain({ do: 'pid' })));
      await handedIn(normal, 2);
      jobs.push(high.run('predict', input('urgent', 1)));
      await handedIn(high, 2);
      await worker('two', 1e6, version);
      await Promise.all(jobs);
      assert.deepEqual(done(), ['urgent', '{"do":"pid"}', 'night']);
    });
  });
}
