import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Journal } from '../../src/acquisition/journal';
import type { Noted } from '../../src/acquisition/watched';

function noted(name: string, state: Noted['state'] = 'told'): Noted {
  return { name, version: { size: 1, modified: 2 }, state, at: 3 };
}

describe('the journal of a watch', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'segmenter-journal-'));
    file = path.join(folder, 'watch', 'journal.jsonl');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const open = () => Journal.open(path.dirname(file));

  it('is remembered by who opens it next, the last word of each name', async () => {
    const first = await open();
    assert.equal(first.isNew, true);
    await first.note([noted('a'), noted('b')]);
    await first.note([noted('a', 'answered')]);
    const next = await open();
    assert.equal(next.isNew, false);
    assert.deepEqual([...next.all()], [noted('a', 'answered'), noted('b')]);
    assert.equal(next.damaged, 0);
  });

  it('exists from its first note on, even of nothing', async () => {
    await (await open()).note([]);
    assert.equal((await open()).isNew, false);
  });

  it('leaves out what a kill cut at any place, and goes on behind it', async () => {
    await (await open()).note([noted('a'), noted('b')]);
    const whole = await readFile(file, 'utf8');
    const last = whole.indexOf('\n') + 1;
    for (let cut = last + 1; cut < whole.length; cut++) {
      await writeFile(file, whole.slice(0, cut));
      const journal = await open();
      assert.deepEqual([...journal.all()], [noted('a')], `cut at ${cut}`);
      await journal.note([noted('c')]);
      const names = [...(await open()).all()].map(({ name }) => name);
      // Without its line break only, the second line was whole.
      assert.deepEqual(names, cut === whole.length - 1 ? ['a', 'b', 'c'] : ['a', 'c'], `cut at ${cut}`);
    }
  });

  it('counts what a bad disk made of lines, and keeps the others', async () => {
    await (await open()).note([noted('a'), noted('b'), noted('c')]);
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, [lines[0], '\0\0\0', '{"name":"x"}', lines[2], ''].join('\n'));
    const journal = await open();
    assert.equal(journal.damaged, 2);
    assert.deepEqual(
      [...journal.all()].map(({ name }) => name),
      ['a', 'c'],
    );
  });

  it('is written anew when most of its lines were replaced', async () => {
    const journal = await open();
    for (let i = 0; i < 30; i++) await journal.note(Array.from({ length: 100 }, () => noted('a', 'answered')));
    const lines = (await readFile(file, 'utf8')).split('\n').length - 1;
    assert.ok(lines <= 2001, `${lines} lines`);
    assert.deepEqual([...(await open()).all()], [noted('a', 'answered')]);
  });

  it('is read again as far as it has grown, and as a whole where it was written anew', async () => {
    const [reader, writer] = [await open(), await open()];
    const names = () => [...reader.all()].map(({ name, state }) => `${name} ${state}`);
    await writer.note([noted('a')]);
    await reader.refresh();
    assert.deepEqual([names(), reader.isNew], [['a told'], false]);
    await writer.note([noted('b'), noted('a', 'answered')]);
    await reader.refresh();
    assert.deepEqual(names(), ['a answered', 'b told']);
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, [lines[1], lines[2].replace('answered', 'failed'), lines[0], ''].join('\n'));
    await reader.refresh();
    assert.deepEqual(names(), ['b told', 'a told']);
    await rm(file);
    await reader.refresh();
    assert.deepEqual([names(), reader.isNew], [[], true]);
  });

  it('is written anew also where others noted what was replaced', async () => {
    const journal = await open();
    await Journal.add(
      path.dirname(file),
      Array.from({ length: 5000 }, (_, i) => noted(`${i % 10}`, 'answered')),
    );
    await journal.refresh();
    await journal.tidy();
    assert.equal((await readFile(file, 'utf8')).split('\n').length - 1, 10);
    assert.equal((await open()).size, 10);
  });

  it('is read whole where it is longer than what is read in one go', async () => {
    const long = { ...noted('long', 'failed'), reason: 'x'.repeat(2 ** 24) };
    await Journal.add(path.dirname(file), [noted('a'), long, noted('b')]);
    const journal = await open();
    assert.deepEqual([...journal.all()], [noted('a'), long, noted('b')]);
    await Journal.add(path.dirname(file), [noted('c')]);
    await journal.refresh();
    assert.equal(journal.size, 4);
  });

  describe('of files that are gone', () => {
    const DAY = 24 * 3600 * 1000;
    const names = Array.from({ length: 100 }, (_, i) => `${i}.tif`);
    const there = new Set<string>();
    let journal: Journal;
    const look = (day: number) => journal.forgetGone((name) => there.has(name), day * DAY, 40);
    beforeEach(async () => {
      journal = await open();
      await journal.note(names.map((name) => noted(name, 'answered')));
      there.clear();
      for (const name of names.slice(20, 30)) there.add(name);
    });

    it('remembers all for a month, then those that are there and the last of the others', async () => {
      await look(1);
      await look(30);
      assert.equal((await open()).size, 100);
      await look(31);
      const kept = [...(await open()).all()].map(({ name }) => name);
      assert.deepEqual(kept, [...names.slice(20, 30), ...names.slice(60)]);
      assert.equal(journal.size, 50);
    });

    it('remembers what came back', async () => {
      await look(1);
      for (const name of names) there.add(name);
      await look(20);
      there.clear();
      await look(31);
      assert.equal((await open()).size, 100);
      await look(60);
      assert.equal((await open()).size, 100);
      await look(61);
      assert.equal((await open()).size, 40);
    });
  });
});
