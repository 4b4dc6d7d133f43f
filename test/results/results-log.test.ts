import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type PassedSample, ResultsLog } from '../../src/results/results-log';
import { image } from '../nodes/run-node';

const NODE = { id: 'n1', type: 'segmenter-evaluate', name: 'Evaluate', flow: 'Axons' };

function passed(sample: string, rest: Partial<PassedSample> = {}): PassedSample {
  const images = { raw: image(`${sample}-raw`), mask: image(`${sample}-mask`) };
  return { sequence: 'q', sample, node: NODE, images, metrics: { dice: 0.5 }, failed: null, ...rest };
}

describe('the log of results', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'results-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('gives what passed a node in a sequence as a run, after a restart too', async () => {
    const log = new ResultsLog({ folder });
    log.note(passed('a', { metrics: { dice: 0.4, uncertainty: 0.1 } }));
    log.note(passed('b', { metrics: { dice: 0.8 } }));
    log.note(passed('c', { images: {}, metrics: {}, failed: 'c is broken' }));
    log.note(passed('a', { sequence: 'later' }));
    log.note(passed('a', { node: { ...NODE, id: 'n2' } }));
    await log.idle();
    for (const each of [log, new ResultsLog({ folder })]) {
      const runs = await each.runs();
      assert.equal(runs.length, 3);
      const run = runs.find(({ samples }) => samples === 3);
      assert.ok(run);
      assert.deepEqual([run.node, run.failed], [NODE, 1]);
      assert.ok(Math.abs((run.meanDice ?? 0) - 0.6) < 1e-12);
      const rows = await each.samples(run.run);
      assert.deepEqual(
        rows.map(({ sample, metrics, failed }) => [sample, metrics, failed]),
        [
          ['a', { dice: 0.4, uncertainty: 0.1 }, null],
          ['b', { dice: 0.8 }, null],
          ['c', {}, 'c is broken'],
        ],
      );
      assert.deepEqual((await each.entry(rows[1].id)).images, { raw: image('b-raw'), mask: image('b-mask') });
    }
  });

  it('counts a sample of a run that came again once, as it was last', async () => {
    const log = new ResultsLog({ folder });
    for (const dice of [0.1, 0.9]) log.note(passed('a', { metrics: { dice } }));
    const [run] = await log.runs();
    assert.deepEqual([run.samples, run.meanDice], [1, 0.9]);
  });

  it('puts samples that came alone into one run until there is a pause or one comes again', async () => {
    let now = 1_000;
    const log = new ResultsLog({ folder, now: () => now });
    const note = (sample: string, passing: number) => {
      now += passing;
      log.note(passed(sample, { sequence: null }));
    };
    note('a', 0);
    note('b', 60_000);
    note('a', 60_000);
    note('c', 31 * 60_000);
    assert.deepEqual(
      (await log.runs()).map(({ samples, last }) => [samples, last]),
      [
        [1, now],
        [1, 121_000],
        [2, 61_000],
      ],
    );
  });

  it('keeps so many entries in memory and on disk, and tells of one that is gone', async () => {
    const log = new ResultsLog({ folder, most: 50 });
    const first: string[] = [];
    for (let i = 0; i < 300; i++) {
      log.note(passed(`s${i}`, { sequence: String(i % 7) }));
      await log.idle();
      if (i === 0) for (const { run } of await log.runs()) first.push(...(await log.samples(run)).map(({ id }) => id));
    }
    for (const each of [log, new ResultsLog({ folder, most: 50 })]) {
      const count = (await each.runs()).reduce((sum, { samples }) => sum + samples, 0);
      assert.ok(count >= 45 && count <= 55, `${count} entries`);
      await assert.rejects(each.entry(first[0]), { code: 'not-found', message: /no longer in the log/ });
    }
    assert.ok((await readdir(folder)).length <= 10);
  });

  it('lets a run of samples that came alone go on for weeks, and knows of it what it keeps', async () => {
    const log = new ResultsLog({ folder: null, most: 20 });
    for (let i = 0; i < 100; i++) log.note(passed(`s${i}`, { sequence: null }));
    const [run, ...others] = await log.runs();
    assert.deepEqual(others, []);
    assert.ok(run.samples >= 20 && run.samples <= 22, `${run.samples} samples`);
    // What it does not keep any more may come again.
    log.note(passed('s0', { sequence: null }));
    assert.equal((await log.runs()).length, 1);
    log.note(passed('s99', { sequence: null }));
    assert.equal((await log.runs()).length, 2);
  });

  it('leaves the images out of what waits for a disk, where much does', async () => {
    const blocked = path.join(folder, 'file');
    await writeFile(blocked, '');
    let now = 0;
    const log = new ResultsLog({ folder: blocked, most: 20, mostUnwritten: 5000, now: () => now });
    for (let i = 0; i < 30; i++) log.note(passed(`s${i}`));
    await log.idle();
    const imagesOf = async (samples: RegExp) => {
      const [run] = await log.runs();
      const rows = (await log.samples(run.run)).filter(({ sample }) => samples.test(sample));
      const entries = await Promise.all(rows.map(({ id }) => log.entry(id)));
      return entries.filter(({ images }) => images.raw).length;
    };
    const waiting = await imagesOf(/^s/);
    assert.ok(waiting > 0 && waiting < 10, `${waiting} with their images`);
    // What the disk takes makes room.
    await rm(blocked);
    now += 61_000;
    log.note(passed('last'));
    await log.idle();
    for (let i = 0; i < 3; i++) log.note(passed(`next${i}`));
    assert.equal(await imagesOf(/^next/), 3);
  });

  it('leaves out lines that are cut off or damaged, and goes on behind them', async () => {
    const log = new ResultsLog({ folder });
    log.note(passed('a'));
    await log.idle();
    const file = path.join(folder, 'results-1.jsonl');
    await appendFile(file, '\n{"id":"x"}\n{"id":"half');
    const next = new ResultsLog({ folder });
    next.note(passed('b'));
    await next.idle();
    const last = new ResultsLog({ folder });
    const [run] = await last.runs();
    const rows = await last.samples(run.run);
    assert.deepEqual(
      rows.map(({ sample }) => sample),
      ['a', 'b'],
    );
    assert.equal((await last.entry(rows[1].id)).sample, 'b');
    assert.equal((await readFile(file, 'utf8')).split('\n').length, 4);
  });

  it('keeps results in memory where the disk fails, says so once, and stops nobody', async () => {
    const blocked = path.join(folder, 'file');
    await writeFile(blocked, '');
    const problems: string[] = [];
    const log = new ResultsLog({ folder: blocked, onProblem: (message) => problems.push(message) });
    for (let i = 0; i < 30; i++) {
      log.note(passed(`s${i}`));
      await log.idle();
    }
    assert.equal(problems.length, 1);
    const [run] = await log.runs();
    assert.equal(run.samples, 30);
    const [{ id }] = await log.samples(run.run);
    assert.deepEqual((await log.entry(id)).images.raw, image('s0-raw'));
  });

  it('notes samples faster than they can be written, and has them all on disk in the end', async () => {
    const log = new ResultsLog({ folder });
    for (let i = 0; i < 2000; i++) {
      log.note(passed(`s${i}`));
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await log.idle();
    assert.equal((await new ResultsLog({ folder }).runs())[0].samples, 2000);
  });
});
