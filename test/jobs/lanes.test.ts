import assert from 'node:assert/strict';
import { Lane } from '../../src/jobs/host/lanes';

/** A lane whose tasks need no worker, so that its script is never run. */
function toyLane(workers: number): Lane {
  const settings = { roots: ['/'], modelsFolder: '/m', scratchFolder: '/s', scratchQuotaMB: 1 };
  return new Lane({ worker: { name: 'toy', entry: 'none', settings }, workers, idleMs: 1000 });
}

/** Work that ends when told to. */
function held(log: string[], name: string) {
  let finish: (value: string) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const start = () => {
    log.push(name);
    return new Promise<string>((resolve, reject) => {
      finish = resolve;
      fail = reject;
    });
  };
  return { start, finish: () => finish(name), fail: () => fail(new Error(name)) };
}

describe('the queue of a lane', () => {
  it('runs in order, as many at a time as allowed', async () => {
    const lane = toyLane(2);
    const log: string[] = [];
    const work = ['a', 'b', 'c', 'd'].map((name) => held(log, name));
    const results = work.map(({ start }) => lane.submit(start, { name: 'work', limit: 10 }));
    assert.deepEqual(log, ['a', 'b']);
    assert.deepEqual([lane.stats().running, lane.stats().waiting], [2, 2]);
    work[1].finish();
    assert.equal(await results[1], 'b');
    assert.deepEqual(log, ['a', 'b', 'c']);
    work[0].finish();
    await results[0];
    assert.deepEqual(log, ['a', 'b', 'c', 'd']);
    work[2].finish();
    work[3].finish();
    assert.deepEqual(await Promise.all(results.slice(2)), ['c', 'd']);
    assert.deepEqual([lane.stats().running, lane.stats().waiting], [0, 0]);
  });

  it('tells those that wait, and only these, what runs before them', async () => {
    const lane = toyLane(1);
    const log: string[] = [];
    const names = ['a', 'b', 'c'];
    const work = names.map((name) => held(log, name));
    const results = work.map(({ start }, i) => {
      const onWaiting = (before: string) => log.push(`${names[i]} waits for ${before}`);
      return lane.submit(start, { name: `train ${names[i]}`, limit: 2, onWaiting });
    });
    assert.deepEqual(log.splice(0), ['a', 'b waits for train a', 'c waits for train a']);
    work[0].finish();
    await results[0];
    assert.deepEqual(log.splice(0), ['b', 'c waits for train b']);
    work[1].finish();
    await results[1];
    work[2].finish();
    await results[2];
    assert.deepEqual(log, ['c']);
  });

  it('refuses with busy when as many wait as may', async () => {
    const lane = toyLane(1);
    const log: string[] = [];
    const work = ['a', 'b', 'c'].map((name) => held(log, name));
    const a = lane.submit(work[0].start, { name: 'work', limit: 1 });
    const b = lane.submit(work[1].start, { name: 'work', limit: 1 });
    await assert.rejects(lane.submit(work[2].start, { name: 'work', limit: 1 }), {
      code: 'busy',
      message: /toy queue: expected at most 1 waiting/,
      details: { queue: 'toy', limit: 1, waiting: 1 },
    });
    work[0].finish();
    await a;
    work[1].finish();
    assert.equal(await b, 'b');
    assert.deepEqual(log, ['a', 'b']);
  });

  it('takes an aborted entry out of the queue and never starts it', async () => {
    const lane = toyLane(1);
    const log: string[] = [];
    const work = ['a', 'b', 'c'].map((name) => held(log, name));
    const controller = new AbortController();
    const a = lane.submit(work[0].start, { name: 'work', limit: 5 });
    const b = lane.submit(work[1].start, { name: 'work', limit: 5, signal: controller.signal });
    const c = lane.submit(work[2].start, { name: 'work', limit: 5 });
    controller.abort();
    await assert.rejects(b, { code: 'cancelled' });
    assert.equal(lane.stats().waiting, 1);
    work[0].finish();
    await a;
    work[2].finish();
    await c;
    assert.deepEqual(log, ['a', 'c']);
    await assert.rejects(lane.submit(work[1].start, { name: 'work', limit: 5, signal: controller.signal }), {
      code: 'cancelled',
    });
  });

  it('goes on after failed work, and refuses all that waits when closed', async () => {
    const lane = toyLane(1);
    const log: string[] = [];
    const work = ['a', 'b', 'c'].map((name) => held(log, name));
    const [a, b, c] = work.map(({ start }) => lane.submit(start, { name: 'work', limit: 5 }));
    work[0].fail();
    await assert.rejects(a, { message: 'a' });
    assert.deepEqual(log, ['a', 'b']);
    lane.close();
    await assert.rejects(c, { code: 'cancelled' });
    work[1].finish();
    assert.equal(await b, 'b');
    await assert.rejects(lane.submit(work[2].start, { name: 'work', limit: 5 }), { code: 'cancelled' });
    assert.deepEqual(log, ['a', 'b']);
  });
});
