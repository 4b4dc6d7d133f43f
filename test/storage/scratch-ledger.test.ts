import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ScratchLedger } from '../../src/storage/scratch-ledger';

describe('ScratchLedger', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = path.join(await mkdtemp(path.join(os.tmpdir(), 'ledger-')), 'store');
    file = path.join(folder, '.ledger');
  });
  afterEach(() => rm(path.dirname(folder), { recursive: true, force: true }));

  it('tells every process what all of them noted, and makes its folder', async () => {
    const [one, two] = [new ScratchLedger(folder), new ScratchLedger(folder)];
    assert.equal(await one.change(100), 100);
    assert.equal(await two.change(20), 120);
    assert.equal(await one.change(-30), 90);
    assert.ok(one.asksForCount && two.asksForCount);
    assert.equal(await new ScratchLedger(folder).change(0), 90);
  });

  it('takes a count, and what was noted since the count began', async () => {
    const [one, two] = [new ScratchLedger(folder), new ScratchLedger(folder)];
    await one.change(1000);
    const start = await one.beginCount();
    await two.change(5);
    assert.equal(await one.endCount(start, 300), 305);
    assert.equal(await two.change(0), 305);
    assert.ok(!one.asksForCount && !two.asksForCount);
  });

  it('goes by the count that began last, whichever ended last', async () => {
    const [one, two] = [new ScratchLedger(folder), new ScratchLedger(folder)];
    await one.change(10);
    const first = await one.beginCount();
    await one.change(10);
    const second = await two.beginCount();
    await two.endCount(second, 500);
    assert.equal(await one.endCount(first, 100), 500);
    assert.equal(await new ScratchLedger(folder).change(0), 500);
  });

  it('passes over lines that are damaged, and starts again where it was removed', async () => {
    const ledger = new ScratchLedger(folder);
    await ledger.change(10);
    await appendFile(file, 'rubbish\n=1\n=2 3\n\n+x\n');
    assert.equal(await ledger.change(5), 15);
    const start = await ledger.beginCount();
    await rm(file);
    assert.equal(await ledger.change(7), 7);
    await ledger.endCount(start, 1e6);
    assert.equal(await ledger.change(0), 7);
    await rm(folder, { recursive: true });
    assert.equal(await ledger.change(3), 3);
  });

  it('is begun anew where it is long, and other processes go on with it', async () => {
    const [one, two] = [new ScratchLedger(folder), new ScratchLedger(folder)];
    await two.change(1);
    await appendFile(file, '+1\n'.repeat(400_000));
    assert.equal(await one.change(0), 400_001);
    assert.ok(one.asksForCount);
    const start = await one.beginCount();
    await two.change(2);
    assert.equal(await one.endCount(start, 1000), 1002);
    assert.ok((await stat(file)).size < 100);
    assert.equal(await two.change(3), 1005);
    assert.equal(await one.change(0), 1005);
    assert.ok(!one.asksForCount);
    assert.match(await readFile(file, 'utf8'), /^=1002 0 0\n/);
  });

  it('counts what this process is writing as what it has taken, until it has its size', async () => {
    const ledger = new ScratchLedger(folder);
    await ledger.change(50, 'a');
    assert.deepEqual([...(await ledger.beginCount()).writing], [['a', 50]]);
    await ledger.written('a', 70);
    assert.equal(await ledger.change(0), 70);
    assert.equal((await ledger.beginCount()).writing.size, 0);
  });

  it('never counts a file as less than it is, though another process counted while it was written', async () => {
    const [one, two] = [new ScratchLedger(folder), new ScratchLedger(folder)];
    await one.change(1000, 'a');
    await one.change(1000, 'b');
    // Its own count knows what it has taken.
    await one.endCount(await one.beginCount(), 2000);
    await one.written('a', 700);
    assert.equal(await one.change(0), 1700);
    // Another sees the file as far as it is written, or finished while it counts.
    const start = await two.beginCount();
    await one.written('b', 500);
    assert.equal(await two.endCount(start, 700 + 100), 1300);
    await one.change(1000, 'c');
    await two.endCount(await two.beginCount(), 700 + 500 + 100);
    await one.written('c', 1000);
    assert.equal(await one.change(0), 2300);
  });
});
