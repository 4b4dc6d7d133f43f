import assert from 'node:assert/strict';
import { appendFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RotatingLog, type RotatingLogOptions } from '../../src/storage/rotating-log';
import { type TemporaryFolder, temporaryFolder } from '../samples/temporary-files';

const DAY = 24 * 3600 * 1000;
const BEGIN = Date.UTC(2026, 10, 23, 12);

describe('a log of JSON lines', () => {
  let folder: TemporaryFolder;
  let now: number;
  beforeEach(async () => {
    folder = await temporaryFolder();
    now = BEGIN;
  });
  afterEach(() => folder.remove());
  const open = (more: Partial<RotatingLogOptions> = {}) =>
    new RotatingLog({ folder: folder.at('log'), name: 'events', mostBytes: 100_000, days: 3, now: () => now, ...more });
  const names = async () => (await readdir(folder.at('log'))).sort();

  it('has a file a day, and keeps them for so many days', async () => {
    const log = open();
    for (let day = 0; day < 6; day++, now += DAY) {
      log.note({ day });
      await log.idle();
    }
    assert.deepEqual(
      await names(),
      [25, 26, 27, 28].map((day) => `events-2026-11-${day}.jsonl`),
    );
    assert.deepEqual(await open().last(2), [
      { at: '2026-11-28T12:00:00.000Z', day: 5 },
      { at: '2026-11-27T12:00:00.000Z', day: 4 },
    ]);
  });

  it('is bounded whatever is noted, also over restarts, and loses the oldest first', async () => {
    for (let i = 0; i < 400; i++) {
      const log = open();
      for (let j = 0; j < 10; j++) log.note({ number: 10 * i + j, text: 'x'.repeat(100) });
      await log.idle();
    }
    const sizes = await Promise.all((await names()).map(async (name) => (await stat(folder.at('log', name))).size));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(total > 50_000 && total <= 110_000, `${total} bytes in ${sizes.length} files`);
    const numbers = (await open().last(300)).map((record) => (record as { number: number }).number);
    assert.deepEqual(
      numbers,
      Array.from({ length: 300 }, (_, i) => 3999 - i),
    );
  });

  it('finds records of one kind, also behind many others', async () => {
    const log = open({ mostBytes: 10_000_000 });
    for (let i = 0; i < 3000; i++) log.note({ sample: i % 1000 === 7 ? `plate "A"/${i}` : 'other', i });
    await log.idle();
    const isWanted = (record: object) => (record as { sample: string }).sample !== 'other';
    const numbers = async (count: number, holding: string) =>
      (await log.last(count, { isWanted, holding })).map((record) => (record as { i: number }).i);
    assert.deepEqual(await numbers(10, ''), [2007, 1007, 7]);
    assert.deepEqual(await numbers(2, 'plate "A"'), [2007, 1007]);
    assert.deepEqual(await numbers(2, 'plate "B"'), []);
  });

  it('goes on behind half a line, and removes nothing that is not its own', async () => {
    const log = open();
    log.note({ a: 1 });
    await log.idle();
    const [name] = await names();
    await appendFile(folder.at('log', name), '{"at":"2026');
    const foreign = ['events-old.jsonl', 'changes-2001-01-01.jsonl', 'events-2001-01-01.jsonl.bak'];
    for (const each of foreign) await writeFile(folder.at('log', each), 'x');
    now += 10 * DAY;
    const next = open();
    next.note({ a: 2 });
    await next.idle();
    now -= 10 * DAY;
    const last = open();
    last.note({ a: 3 });
    await last.idle();
    assert.ok((await readFile(folder.at('log', name), 'utf8').catch(() => '')).endsWith('"a":3}\n'));
    assert.ok(foreign.every(async (each) => (await names()).includes(each)));
    assert.deepEqual(
      (await names()).filter((each) => foreign.includes(each)),
      foreign.sort(),
    );
  });

  it('keeps lines while the disk does not take them, says so once, and counts what is lost', async () => {
    const problems: string[] = [];
    await mkdir(path.dirname(folder.at('log')), { recursive: true });
    await writeFile(folder.at('log'), 'a file in its place');
    const log = open({ onProblem: (message) => problems.push(message) });
    for (let i = 0; i < 6000; i++) {
      log.note({ i });
      if (i % 1000 === 0) await log.idle();
    }
    await log.idle();
    assert.equal(problems.length, 1);
    const { rm } = await import('node:fs/promises');
    await rm(folder.at('log'));
    now += 61_000;
    log.note({ i: 'last' });
    await log.idle();
    const records = (await log.last(10_000)) as Array<{ i?: unknown; lost?: number }>;
    assert.equal(records[0].i, 'last');
    const lost = records.find((record) => record.lost !== undefined)?.lost ?? 0;
    assert.equal(records.filter(({ i }) => i !== undefined).length + lost, 6001);
  });
});
