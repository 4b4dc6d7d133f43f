import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Throttle } from '../../src/jobs/worker/throttle';

describe('Throttle', () => {
  it('passes the first at once, then only the newest of each interval', async () => {
    const sent: number[] = [];
    const throttle = new Throttle<number>((value) => sent.push(value), 40);
    for (let i = 0; i < 10; i++) throttle.push(i);
    assert.deepEqual(sent, [0]);
    await sleep(80);
    assert.deepEqual(sent, [0, 9]);
  });

  it('passes what waits on flush, once', async () => {
    const sent: number[] = [];
    const throttle = new Throttle<number>((value) => sent.push(value), 10);
    throttle.push(1);
    throttle.push(2);
    throttle.flush();
    throttle.flush();
    await sleep(25);
    assert.deepEqual(sent, [1, 2]);
  });

  it('never drops a milestone', () => {
    const sent: number[] = [];
    const throttle = new Throttle<number>(
      (value) => sent.push(value),
      1000,
      (value) => value % 10 === 0,
    );
    for (const value of [1, 2, 10, 12, 20]) throttle.push(value);
    assert.deepEqual(sent, [1, 10, 20]);
  });
});
