import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { SegmenterError } from '../../src/base/errors';
import { withFileLock } from '../../src/storage/file-lock';
import { ownMark } from '../../src/storage/live-process';
import { type TemporaryFolder, temporaryFolder } from '../samples/temporary-files';

describe('withFileLock', () => {
  let folder: TemporaryFolder;
  let lock = '';
  beforeEach(async () => {
    folder = await temporaryFolder();
    lock = folder.at('x.lock');
  });
  afterEach(() => folder.remove());
  const impatient = { patience: 30 };
  const isBusy = (error: unknown) => error instanceof SegmenterError && error.code === 'busy';

  it('lets one work at a time and is gone afterwards', async () => {
    let [inside, most] = [0, 0];
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inside--;
    };
    await Promise.all(Array.from({ length: 8 }, () => withFileLock(lock, work)));
    assert.equal(most, 1);
    await assert.rejects(
      withFileLock(lock, () => Promise.reject(new Error('it failed'))),
      /it failed/,
    );
    assert.equal(existsSync(lock), false);
  });

  it('waits for a process that lives, and no longer than it is asked to', async () => {
    await writeFile(lock, JSON.stringify({ ...(await ownMark()), host: os.hostname() }));
    await assert.rejects(
      withFileLock(lock, async () => 1, impatient),
      isBusy,
    );
    await writeFile(lock, JSON.stringify({ pid: 1, started: 'long ago', host: 'elsewhere' }));
    await assert.rejects(
      withFileLock(lock, async () => 1, impatient),
      isBusy,
    );
    assert.match(await readFile(lock, 'utf8'), /elsewhere/);
  });

  it('takes over from a process that ended, and what is too old', async () => {
    await writeFile(lock, JSON.stringify({ pid: process.pid, started: '-1', host: os.hostname() }));
    assert.equal(await withFileLock(lock, async () => 1, impatient), 1);
    await writeFile(lock, '');
    await utimes(lock, new Date(0), new Date(0));
    assert.equal(await withFileLock(lock, async () => 2, impatient), 2);
  });
});
