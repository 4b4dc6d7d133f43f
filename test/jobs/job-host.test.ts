import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createJobHost, type HostOptions, type JobHost } from '../../src/jobs/host/job-host';
import type { WorkPlace } from '../../src/jobs/job-types';
import { circle, throwing } from '../support/poison';
import { COMPUTE, toyList, toyPredict, toyTrain } from './toy-jobs';

const SETTINGS = { roots: ['/'], modelsFolder: '/m', scratchFolder: '/s', scratchQuotaMB: 1 };
const QUICK = { cancelMs: 150, killMs: 100, stopMs: 150 };

/** Calls back when the job tells of itself for the first time, so that a test interrupts work, not a start. */
function started(): { onProgress: () => void; begun: Promise<void> } {
  let tell: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    tell = resolve;
  });
  return { onProgress: tell, begun };
}

function alive(pid: number | undefined): boolean {
  try {
    process.kill(pid ?? -1, 0);
    return true;
  } catch {
    return false;
  }
}

describe('job host', function () {
  this.timeout(20_000);
  let host: JobHost;
  const create = (options: HostOptions = {}) => {
    host = createJobHost(SETTINGS, {
      entry: path.join(__dirname, 'toy-worker.js'),
      patience: QUICK,
      pixelWorkers: 1,
      ...options,
    });
    return host;
  };
  afterEach(() => host.shutdown());
  const pidOf = async (): Promise<number> =>
    Number((await host.run('list-samples', toyList({ do: 'pid' }))).problems[0]);

  it('runs a job in another process, and the next in the same', async () => {
    create();
    const [first, second] = [await pidOf(), await pidOf()];
    assert.notEqual(first, process.pid);
    assert.equal(first, second);
    assert.deepEqual(host.stats().lanes, [
      { name: 'pixel', waiting: 0, running: 0, workers: [{ pid: first, job: null }] },
    ]);
  });

  it('has a process for each kind of work and compute settings; the queue length does not count', async () => {
    create();
    const pid = async (threads: number, queue: number) =>
      (await host.run('predict', toyPredict({ do: 'pid' }, { ...COMPUTE, threads, queue }))).model.name;
    const first = await pid(1, 2);
    assert.equal(await pid(1, 7), first);
    assert.notEqual(await pid(2, 2), first);
    const train = (await host.run('train', toyTrain({ do: 'pid' }))).model.name;
    assert.notEqual(train, first);
    assert.deepEqual(
      host.stats().lanes.map(({ name }) => name.split(' ')[0]),
      ['predict', 'predict', 'train'],
    );
  });

  it('waits for no work that a job leaves for afterwards; the next job of its worker does, whatever comes of it', async () => {
    create();
    await pidOf();
    const leave = async (fails: boolean) => {
      const begin = performance.now();
      const { problems } = await host.run('list-samples', toyList({ do: 'leave-work', ms: 1000, fails }));
      return { done: problems[0], isQuick: performance.now() - begin < 900 };
    };
    assert.deepEqual(await leave(true), { done: '0', isQuick: true });
    assert.deepEqual(await leave(false), { done: '1', isQuick: false });
  });

  it('runs pixel jobs side by side up to the number of workers', async () => {
    create({ pixelWorkers: 2 });
    const pids = await Promise.all([0, 1, 2].map(pidOf));
    assert.equal(new Set(pids).size, 2);
  });

  it('gives errors of the job as they are, and keeps the worker', async () => {
    create();
    const pid = await pidOf();
    await assert.rejects(host.run('list-samples', toyList({ do: 'fail', how: 'invalid' })), {
      code: 'invalid-input',
      message: 'toy.value: expected a positive number, got -1',
      details: { name: 'toy.value', expected: 'a positive number' },
    });
    await assert.rejects(
      host.run('list-samples', toyList({ do: 'fail', how: 'type-error' })),
      (error: Error & { code: string; details: { stack: string } }) => {
        assert.equal(error.code, 'internal');
        assert.match(error.message, /toys have no wheels/);
        assert.match(error.details.stack, /toy-worker/);
        return true;
      },
    );
    assert.equal(await pidOf(), pid);
  });

  it('gives worker-lost with exit code and last output when the child ends, and starts another', async () => {
    create();
    const pid = await pidOf();
    await assert.rejects(host.run('list-samples', toyList({ do: 'exit', code: 7, say: 'out of luck' })), {
      code: 'worker-lost',
      message: `pixel worker (process ${pid}) ended with exit code 7 while it ran "list-samples"; its last output: out of luck`,
      details: { exitCode: 7, signal: null, worker: 'pixel', pid, job: 'list-samples', output: ['out of luck'] },
    });
    assert.notEqual(await pidOf(), pid);
  });

  it('gives worker-lost when the child is killed in the middle of a job; the waiting job runs in another', async () => {
    create();
    const pid = await pidOf();
    const { onProgress, begun } = started();
    const lost = host.run('list-samples', toyList({ do: 'block', ms: 10_000 }), { onProgress });
    const next = host.run('list-samples', toyList({ do: 'echo', text: 'hello' }));
    const failed = assert.rejects(lost, {
      code: 'worker-lost',
      message: /ended by signal SIGKILL while it ran "list-samples"/,
    });
    await begun;
    process.kill(pid, 'SIGKILL');
    await failed;
    assert.deepEqual((await next).problems, ['hello']);
    assert.equal(alive(pid), false);
  });

  it('tells when a worker cannot even start', async () => {
    create({ entry: path.join(__dirname, 'no-such-worker.js') });
    await assert.rejects(pidOf(), { code: 'worker-lost', message: /exit code 1.*no-such-worker/ });
  });

  it('cancels a patient job and keeps its worker', async () => {
    create();
    const pid = await pidOf();
    const controller = new AbortController();
    const result = host.run('list-samples', toyList({ do: 'wait', ms: 10_000 }), { signal: controller.signal });
    await sleep(20);
    controller.abort();
    await assert.rejects(result, { code: 'cancelled', message: 'list-samples was cancelled' });
    assert.equal(await pidOf(), pid);
  });

  it('frees a worker whose event loop is blocked within 5 s of a cancel, with the default patience', async () => {
    create({ patience: undefined });
    const pid = await pidOf();
    const controller = new AbortController();
    const { onProgress, begun } = started();
    const result = host.run('list-samples', toyList({ do: 'block', ms: 60_000 }), {
      signal: controller.signal,
      onProgress,
    });
    await begun;
    const start = performance.now();
    controller.abort();
    await assert.rejects(result, { code: 'cancelled' });
    const seconds = (performance.now() - start) / 1000;
    assert.ok(seconds > 1.9 && seconds < 5, `${seconds} s`);
    assert.equal(alive(pid), false);
    assert.notEqual(await pidOf(), pid);
  });

  it('cancels a waiting job without touching the running one, and refuses with busy', async () => {
    create();
    const { onProgress, begun } = started();
    const first = host.run('predict', toyPredict({ do: 'progress', times: 30, everyMs: 10 }), { onProgress });
    await begun;
    const controller = new AbortController();
    const second = host.run('predict', toyPredict({ do: 'echo', text: '2' }), { signal: controller.signal });
    const third = host.run('predict', toyPredict({ do: 'echo', text: '3' }));
    await assert.rejects(host.run('predict', toyPredict({ do: 'echo', text: '4' })), { code: 'busy' });
    assert.equal(host.stats().lanes[0].waiting, 2);
    controller.abort();
    await assert.rejects(second, { code: 'cancelled' });
    assert.equal((await first).model.name, 'progressed');
    assert.equal((await third).model.name, '3');
  });

  it('refuses an input that is no JSON, and its worker is free for the next job', async () => {
    create();
    const pid = await pidOf();
    for (const poison of [1n, circle(), throwing(), { toJSON: () => assert.fail('the trap') }]) {
      const input = { ...toyList({ do: 'pid' }), time: poison as unknown as number[] };
      await assert.rejects(host.run('list-samples', input), {
        code: 'invalid-input',
        message: /^input of the job "list-samples": expected plain JSON/,
      });
    }
    assert.equal(await pidOf(), pid);
    assert.deepEqual(host.stats().lanes[0].workers, [{ pid, job: null }]);
  });

  it('reports a result that is no JSON, and its worker is free for the next job', async () => {
    create();
    const pid = await pidOf();
    await assert.rejects(host.run('list-samples', toyList({ do: 'big-int' })), {
      code: 'internal',
      message: /^result of the job "list-samples": expected plain JSON/,
    });
    assert.equal(await pidOf(), pid);
  });

  it('passes progress on at most ten times a second, the last always, and every epoch of a training', async () => {
    create();
    const seen: number[] = [];
    const start = performance.now();
    await host.run('list-samples', toyList({ do: 'progress', times: 60, everyMs: 5 }), {
      onProgress: ({ done }) => seen.push(done),
    });
    const seconds = (performance.now() - start) / 1000;
    assert.equal(seen[0], 1);
    assert.equal(seen.at(-1), 60);
    assert.ok(seen.length >= 3 && seen.length <= seconds * 10 + 2, `${seen.length} in ${seconds} s`);
    const epochs: number[] = [];
    await host.run('train', toyTrain({ do: 'progress', times: 10, everyMs: 1, epochs: true }), {
      onProgress: ({ epoch }) => epochs.push(epoch),
    });
    assert.deepEqual(epochs, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('stops a training, which returns its best so far', async () => {
    create();
    const stop = new AbortController();
    const { onProgress, begun } = started();
    const result = host.run('train', toyTrain({ do: 'until-stop', ms: 20_000 }), { stop: stop.signal, onProgress });
    await begun;
    stop.abort();
    assert.equal((await result).model.name, 'best so far');
  });

  it('has a training save its state while it goes on, and waits for nothing once it is over', async () => {
    create();
    const stop = new AbortController();
    const { onProgress, begun } = started();
    let save: () => Promise<void> = async () => undefined;
    const offerSave = (how: typeof save) => {
      save = how;
    };
    const options = { stop: stop.signal, onProgress, offerSave };
    const result = host.run('train', toyTrain({ do: 'until-stop', ms: 20_000 }), options);
    await begun;
    await Promise.all([save(), save()]);
    await save();
    stop.abort();
    assert.equal((await result).model.name, 'best so far, saved 3 times');
    await save();
    const killed = host.run('train', toyTrain({ do: 'block', ms: 20_000 }), { offerSave });
    await sleep(300);
    const waiting = save();
    process.kill(host.stats().lanes[0].workers[0].pid ?? 0, 'SIGKILL');
    await assert.rejects(killed, { code: 'worker-lost' });
    await waiting;
  });

  it('leaves a worker at work when the whole process group is asked to end, and lets an idle one go', async () => {
    create();
    const pid = await pidOf();
    const { onProgress, begun } = started();
    const working = host.run('list-samples', toyList({ do: 'progress', times: 30, everyMs: 20 }), { onProgress });
    await begun;
    process.kill(pid, 'SIGTERM');
    assert.deepEqual((await working).problems, ['progressed']);
    process.kill(pid, 'SIGTERM');
    for (let i = 0; alive(pid) && i < 100; i++) await sleep(50);
    assert.equal(alive(pid), false);
    assert.notEqual(await pidOf(), pid);
  });

  it('tells a training that waits, and no other, that others are before it', async () => {
    create();
    const told: Record<string, WorkPlace[]> = { first: [], second: [] };
    const train = (name: string, work: Parameters<typeof toyTrain>[0]) =>
      host.run('train', toyTrain(work), { onChoice: (place) => told[name].push(place) });
    const first = train('first', { do: 'wait', ms: 200 });
    const second = train('second', { do: 'echo', text: 'done' });
    const [waiting] = told.second;
    assert.deepEqual(waiting, { waitsFor: `train ${JSON.stringify({ do: 'wait', ms: 200 })}` }, 'at once');
    await Promise.all([first, second]);
    const waits = (place: WorkPlace) => place !== null && 'waitsFor' in place;
    assert.equal(told.first.some(waits), false);
    assert.deepEqual(told.second.filter(waits), [waiting]);
  });

  it('takes a waiting training that is stopped out of the queue', async () => {
    create();
    const first = host.run('train', toyTrain({ do: 'wait', ms: 200 }));
    const stop = new AbortController();
    const second = host.run('train', toyTrain({ do: 'echo', text: 'no' }), { stop: stop.signal });
    stop.abort();
    await assert.rejects(second, { code: 'cancelled' });
    assert.equal(host.stats().lanes[0].running, 1);
    assert.equal((await first).model.name, 'waited');
  });

  it('kills a training that does not stop in time and publishes its best with another process, before what waits', async () => {
    create();
    const stop = new AbortController();
    const { onProgress, begun } = started();
    const order: string[] = [];
    const note = (result: Promise<{ model: { name: string } }>) => result.then(({ model }) => order.push(model.name));
    const result = host.run('train', toyTrain({ do: 'ignore-stop', ms: 20_000 }), { stop: stop.signal, onProgress });
    const waiting = note(host.run('train', toyTrain({ do: 'echo', text: 'next' })));
    await begun;
    const pid = host.stats().lanes[0].workers[0].pid;
    stop.abort();
    const rescued = note(result);
    assert.notEqual((await result).metrics.seconds, pid);
    await Promise.all([rescued, waiting]);
    assert.deepEqual(order, ['rescued', 'next']);
    assert.equal(alive(pid), false);
  });

  it('ends a worker that is idle for long', async () => {
    create({ idleMinutes: 0.1 / 60 });
    const pid = await pidOf();
    await sleep(500);
    assert.equal(alive(pid), false);
    assert.deepEqual(host.stats().lanes[0].workers, []);
    assert.notEqual(await pidOf(), pid);
  });

  it('shuts down: cancels what runs and waits, ends every process, takes nothing more', async () => {
    create();
    await pidOf();
    const { onProgress, begun } = started();
    const running = host.run('list-samples', toyList({ do: 'block', ms: 20_000 }), { onProgress });
    const waiting = host.run('list-samples', toyList({ do: 'echo', text: 'late' }));
    const predicted = await host.run('predict', toyPredict({ do: 'pid' }));
    await begun;
    const pids = [...host.stats().lanes.flatMap(({ workers }) => workers.map(({ pid }) => pid))];
    assert.ok(pids.includes(Number(predicted.model.name)) && pids.length === 2);
    const refused = Promise.all([
      assert.rejects(running, { code: 'cancelled' }),
      assert.rejects(waiting, { code: 'cancelled' }),
    ]);
    await host.shutdown();
    await refused;
    assert.deepEqual(pids.map(alive), [false, false]);
    await assert.rejects(pidOf(), { code: 'cancelled' });
  });

  it('releases the processes of one set of compute settings', async () => {
    create();
    const pid = Number((await host.run('predict', toyPredict({ do: 'pid' }))).model.name);
    const other = { ...COMPUTE, threads: 3 };
    const otherPid = Number((await host.run('predict', toyPredict({ do: 'pid' }, other))).model.name);
    await host.release(COMPUTE);
    assert.deepEqual([alive(pid), alive(otherPid)], [false, true]);
    assert.notEqual(Number((await host.run('predict', toyPredict({ do: 'pid' }))).model.name), pid);
  });

  it('leaves no worker behind when the host is killed', async () => {
    host = createJobHost(SETTINGS);
    const other = fork(path.join(__dirname, 'toy-host.js'), { execArgv: [] });
    const [pid] = (await once(other, 'message')) as [number];
    assert.equal(alive(pid), true);
    other.kill('SIGKILL');
    for (let i = 0; alive(pid) && i < 100; i++) await sleep(50);
    assert.equal(alive(pid), false);
  });
});
