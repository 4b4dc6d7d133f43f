import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SegmenterError } from '../../src/base/errors';
import { Lease } from '../../src/storage/lease';
import { newWriterTag, placeOfNumbers, writerTag } from '../../src/storage/writer-tag';

const TIMES = { beatMs: 50, patienceMs: 400 };

describe('the lease of a folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-lease-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const leaseFile = (number: number) => path.join(folder, `lease-${String(number).padStart(8, '0')}`);

  it("is one process's at a time, the next one's when it is given back, and leaves nothing", async () => {
    const first = await Lease.take(folder, undefined, TIMES);
    const order: string[] = [];
    const second = Lease.take(folder, undefined, TIMES).then((lease) => {
      order.push('second');
      return lease;
    });
    await sleep(TIMES.patienceMs + 300);
    order.push('released');
    await first.check();
    await first.release();
    await (await second).release();
    assert.deepEqual(order, ['released', 'second']);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('is taken from who gives no sign of life, who then changes nothing more', async () => {
    const elsewhere = writerTag({ place: '123456', pid: 1, started: null });
    writeFileSync(leaseFile(7), `${elsewhere} ${'0'.repeat(12)}`);
    const begin = performance.now();
    const lease = await Lease.take(folder, undefined, TIMES);
    assert.ok(performance.now() - begin >= TIMES.patienceMs);
    assert.deepEqual(readdirSync(folder), ['lease-00000008']);
    // A higher number is another's.
    writeFileSync(leaseFile(9), `${await newWriterTag()} ${'0'.repeat(12)}`);
    await assert.rejects(
      lease.check(),
      (error: SegmenterError) => error.code === 'busy' && /another process works here/.test(error.message),
    );
    await lease.release();
    assert.ok(readdirSync(folder).includes('lease-00000009'));
  });

  it('of a process of this machine that has ended is free at once', async () => {
    const gone = writerTag({ place: (await placeOfNumbers()).slice(0, 6), pid: 2 ** 31 - 2, started: null });
    writeFileSync(leaseFile(1), `${gone} ${'0'.repeat(12)}`);
    const begin = performance.now();
    const lease = await Lease.take(folder, undefined, { ...TIMES, patienceMs: 60_000 });
    assert.ok(performance.now() - begin < 5000);
    await lease.release();
  });

  it('is waited for until somebody cancels', async () => {
    const lease = await Lease.take(folder, undefined, TIMES);
    const cancel = new AbortController();
    const waiting = Lease.take(folder, cancel.signal, TIMES);
    cancel.abort();
    await assert.rejects(waiting, (error: SegmenterError) => error.code === 'cancelled');
    await lease.release();
  });
});
