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
});
