import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type ReportEntry, ReportIndex } from '../../src/results/report-index';

const entry = (node: string, at: number): Omit<ReportEntry, 'id'> => ({
  ...{ file: `/scratch/${node}-${at}.html`, run: `run-${at}`, at, images: 3, meanDice: 0.9, model: 'nuclei@v1' },
  node: { id: node, type: 'segmenter-evaluate', name: 'compare', flow: 'Flow 1' },
});

describe('the list of reports', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-reports-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is known after a restart, the latest first, with what was noted before it was read', async () => {
    const before = new ReportIndex(folder);
    before.note(entry('a', 1));
    before.note(entry('b', 2));
    await before.idle();
    const after = new ReportIndex(folder);
    after.note(entry('a', 3));
    assert.deepEqual(
      (await after.list()).map(({ file }) => file),
      ['/scratch/a-3.html', '/scratch/b-2.html', '/scratch/a-1.html'],
    );
    assert.equal((await after.last(({ node }) => node.id === 'b'))?.run, 'run-2');
    assert.equal(await after.last(({ node }) => node.id === 'c'), null);
    await after.idle();
    assert.equal((await new ReportIndex(folder).list()).length, 3);
    assert.deepEqual(readdirSync(folder), ['reports.json']);
  });

  it('keeps the last 500', async () => {
    const index = new ReportIndex(folder);
    for (let i = 0; i < 503; i++) index.note(entry('a', i));
    await index.idle();
    const kept = await new ReportIndex(folder).list();
    assert.deepEqual([kept.length, kept[0].at, kept[499].at], [500, 502, 3]);
  });

  it('says that a damaged list, or a disk that takes none, is not kept, and goes on', async () => {
    writeFileSync(path.join(folder, 'reports.json'), '[{"id": 7}]');
    const problems: string[] = [];
    const index = new ReportIndex(folder, (message) => problems.push(message));
    index.note(entry('a', 1));
    await index.idle();
    assert.equal((await index.list()).length, 1);
    assert.match(problems.join(), /^reports\.0/);
    const blocked = new ReportIndex(path.join(folder, 'reports.json'), (message) => problems.push(message));
    blocked.note(entry('a', 2));
    await blocked.idle();
    assert.equal((await blocked.list()).length, 1);
    assert.ok(problems.length >= 2, problems.join());
  });
});
