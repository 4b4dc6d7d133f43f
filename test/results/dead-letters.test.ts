import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DeadLetters } from '../../src/results/dead-letters';

const LETTER = {
  node: { id: 'n', type: 'segmenter-predict', name: 'find nuclei', flow: 'nightly' },
  ...{ sample: 'well1', error: { code: 'disk-full', message: 'no room' }, tries: 5, first: 1, last: 2 },
  ...{ message: { payload: { id: 'well1' }, topic: 't' }, without: [] },
};

describe('the list of failed messages', () => {
  let above: string;
  let folder: string;
  beforeEach(() => {
    above = mkdtempSync(path.join(os.tmpdir(), 'segmenter-letters-'));
    folder = path.join(above, 'failed');
  });
  afterEach(() => rmSync(above, { recursive: true, force: true }));

  const samples = async (letters: DeadLetters) => (await letters.list()).map(({ sample }) => sample);

  it('is there after a restart, the latest first, without what a crash left half', async () => {
    let now = 1000;
    const before = new DeadLetters({ folder, now: () => now++ });
    const first = before.add(LETTER);
    before.add({ ...LETTER, sample: 'well2' });
    await before.idle();
    writeFileSync(path.join(folder, '0000000001003-0123456789ab.json'), '{"format": "segm');
    writeFileSync(path.join(folder, 'notes.txt'), 'mine');
    const after = new DeadLetters({ folder });
    assert.deepEqual(await samples(after), ['well2', 'well1']);
    const taken = await after.take(first);
    assert.deepEqual(taken, { format: 'segmenter-failed', formatVersion: 1, id: first, ...LETTER });
    assert.equal(await after.take(first), null);
    await after.idle();
    assert.deepEqual(await samples(new DeadLetters({ folder })), ['well2']);
    assert.ok(readdirSync(folder).includes('notes.txt'));
  });

  it('keeps in memory what a full disk does not take, says so once, and writes it when it can', async () => {
    writeFileSync(folder, 'a file where the folder should be');
    const told: string[] = [];
    const letters = new DeadLetters({ folder, onProblem: (message) => told.push(message), retryMs: 5 });
    letters.add(LETTER);
    letters.add({ ...LETTER, sample: 'well2' });
    await letters.idle();
    assert.equal((await samples(letters)).length, 2);
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(told.length, 1);
    assert.match(told[0], /kept in memory only/);
    rmSync(folder);
    for (let i = 0; i < 200 && (await samples(new DeadLetters({ folder }))).length < 2; i++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal((await samples(new DeadLetters({ folder }))).length, 2);
  });

  it('is bounded: the oldest go, and the log says which', async () => {
    let now = 1000;
    const told: string[] = [];
    const letters = new DeadLetters({ folder, most: 3, now: () => now++, onProblem: (message) => told.push(message) });
    for (let i = 0; i < 5; i++) letters.add({ ...LETTER, sample: `s${i}` });
    await letters.idle();
    await letters.idle();
    assert.deepEqual(await samples(letters), ['s4', 's3', 's2']);
    assert.deepEqual(await samples(new DeadLetters({ folder })), ['s4', 's3', 's2']);
    assert.equal(told.length, 2);
    assert.match(told[0], /the oldest went: s0 at find nuclei/);
  });

  it('is bounded by what all of them hold, but for the last', async () => {
    let now = 1000;
    const told: string[] = [];
    const options = { folder, mostSize: 5000, now: () => now++, onProblem: (message: string) => told.push(message) };
    const letters = new DeadLetters(options);
    const large = (sample: string, length: number) => ({
      ...LETTER,
      ...{ sample, message: { payload: 'x'.repeat(length) } },
    });
    for (let i = 0; i < 5; i++) letters.add(large(`s${i}`, 1500));
    await letters.idle();
    assert.deepEqual(await samples(letters), ['s4', 's3']);
    assert.match(told[0], /of more than 5000 characters are kept; the oldest went: s0 at find nuclei/);
    const after = new DeadLetters(options);
    after.add(large('huge', 10_000));
    await after.idle();
    await after.idle();
    assert.deepEqual(await samples(after), ['huge']);
    assert.deepEqual(await samples(new DeadLetters({ folder })), ['huge']);
  });
});
