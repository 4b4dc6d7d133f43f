import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { timeLimit, withinTime } from '../../src/storage/time-limit';

describe('storage/time-limit', () => {
  it('ends a read that hangs with an error naming the file, and tells the read', async () => {
    let told = false;
    const hanging = (signal: AbortSignal) =>
      new Promise<never>(() => {
        signal.addEventListener('abort', () => {
          told = true;
        });
      });
    await assert.rejects(withinTime(10, '/share/a.tiff', undefined, hanging), {
      code: 'timeout',
      message: /^\/share\/a\.tiff: reading took longer than/,
    });
    assert.ok(told);
  });

  it('lets a read that was ready in time win over a timer that a busy process sees late', async () => {
    const busy = async () => {
      const until = performance.now() + 30;
      while (performance.now() < until);
      await sleep(0);
      return 7;
    };
    assert.equal(await withinTime(10, 'a.tiff', undefined, busy), 7);
  });

  it('passes a cancel on, and what the read throws', async () => {
    const stop = new AbortController();
    const reading = withinTime(5000, 'a.tiff', stop.signal, async (signal) => {
      stop.abort();
      signal.throwIfAborted();
    });
    await assert.rejects(reading, { name: 'AbortError' });
    await assert.rejects(
      withinTime(5000, 'a.tiff', undefined, () => Promise.reject(new Error('damaged'))),
      /damaged/,
    );
  });

  it('allows more time for more pixels', () => {
    assert.equal(timeLimit(0), 60_000);
    assert.equal(timeLimit(100 * 2 ** 20), 160_000);
  });
});
