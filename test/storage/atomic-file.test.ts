import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SegmenterError, toErrorRecord } from '../../src/base/errors';
import { AtomicFile, writeFileAtomic } from '../../src/storage/atomic-file';
import { fileError } from '../../src/storage/file-error';

describe('atomic files', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'segmenter-atomic-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const isCode = (code: string) => (error: unknown) => error instanceof SegmenterError && error.code === code;

  it('text, JSON and bytes appear whole; missing folders are made', async () => {
    const file = path.join(folder, 'a', 'b', 'c.json');
    await writeFileAtomic(file, JSON.stringify({ unit: 'µm' }));
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), { unit: 'µm' });
    await writeFileAtomic(file, Uint8Array.of(1, 2, 3));
    assert.deepEqual([...readFileSync(file)], [1, 2, 3]);
    assert.deepEqual(readdirSync(path.dirname(file)), ['c.json']);
  });

  it('writes at positions and is not there before commit', async () => {
    const target = path.join(folder, 'x.bin');
    const file = await AtomicFile.create(target);
    await file.write(Uint8Array.of(3, 4), 2);
    await file.write(Uint8Array.of(1, 2), 0);
    assert.equal(readdirSync(folder).length, 1);
    assert.match(readdirSync(folder)[0], /^x\.bin\.partial-[0-9a-f]{28}$/);
    await file.commit();
    assert.deepEqual([...readFileSync(target)], [1, 2, 3, 4]);
    assert.deepEqual(readdirSync(folder), ['x.bin']);
    await file.abort();
    assert.deepEqual(readdirSync(folder), ['x.bin']);
  });

  it('ends where the disk does not answer any more, and leaves nothing', async () => {
    const never = () => new Promise<never>(() => undefined);
    const limit = () => 20;
    for (const call of ['write', 'sync'] as const) {
      const target = path.join(folder, `${call}.bin`);
      const file = await AtomicFile.create(target, { limit });
      const { handle } = file as unknown as { handle: Record<'write' | 'sync', () => Promise<unknown>> };
      handle[call] = never;
      const saving = async () => {
        await file.write(Uint8Array.of(1), 0);
        await file.commit();
      };
      await assert.rejects(saving(), (error: unknown) => {
        assert.ok(isCode('timeout')(error));
        assert.match(String(error), new RegExp(`${call}\\.bin: writing took longer than`));
        return true;
      });
      await file.abort();
      assert.deepEqual(readdirSync(folder), []);
    }
  });

  it('an existing file is refused or replaced, also one made meanwhile', async () => {
    const target = path.join(folder, 'x');
    writeFileSync(target, 'old');
    await assert.rejects(AtomicFile.create(target), isCode('exists'));
    await assert.rejects(writeFileAtomic(target, 'new', { existing: 'error' }), isCode('exists'));
    assert.equal(readFileSync(target, 'utf8'), 'old');
    await writeFileAtomic(target, 'new', { existing: 'replace' });
    assert.equal(readFileSync(target, 'utf8'), 'new');

    const late = path.join(folder, 'late');
    const file = await AtomicFile.create(late);
    writeFileSync(late, 'theirs');
    await assert.rejects(file.commit(), isCode('exists'));
    assert.equal(readFileSync(late, 'utf8'), 'theirs');
    assert.deepEqual(readdirSync(folder).sort(), ['late', 'x']);
  });

  it('a folder in the way and a file as folder are errors that name the path', async () => {
    mkdirSync(path.join(folder, 'sub'));
    await assert.rejects(writeFileAtomic(path.join(folder, 'sub'), 'x'), /cannot write .*sub: is a folder/);
    writeFileSync(path.join(folder, 'file'), '');
    await assert.rejects(writeFileAtomic(path.join(folder, 'file', 'x'), 'x'), isCode('exists'));
    assert.deepEqual(readdirSync(folder).sort(), ['file', 'sub']);
  });

  it('the system’s errors become errors a flow can branch on', () => {
    const of = (code: string) => fileError(Object.assign(new Error('raw text'), { code }), 'write', '/data/x.tif');
    const full = of('ENOSPC') as SegmenterError;
    assert.equal(full.code, 'disk-full');
    assert.match(
      full.message,
      /^cannot write \/data\/x\.tif: the disk is full \(ENOSPC\), \d+ MB are free; free space there, or write to another disk$/,
    );
    const needed = fileError(
      Object.assign(new Error('raw text'), { code: 'EDQUOT' }),
      'write',
      '/data/x.tif',
      3 * 2 ** 20,
    );
    assert.equal((needed as SegmenterError).code, 'disk-full');
    assert.match(
      (needed as SegmenterError).message,
      /the disk quota is used up \(EDQUOT\), 3 MB more are needed; free/,
    );
    assert.equal(toErrorRecord(Object.assign(new Error('raw text'), { code: 'ENOSPC' })).code, 'disk-full');
    assert.equal((of('EACCES') as SegmenterError).code, 'not-allowed');
    assert.equal((of('ENOENT') as SegmenterError).code, 'not-found');
    assert.equal((of('EIO') as SegmenterError).code, 'timeout');
    assert.match((of('EPROTO') as SegmenterError).message, /raw text \(EPROTO\)/);
    const other = new TypeError('a bug');
    assert.equal(fileError(other, 'write', 'x'), other);
  });
});
