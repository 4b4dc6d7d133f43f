import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  lookAt,
  openFile,
  readFile,
  readPieces,
  readText,
  requireFile,
  timeLimit,
  withinTime,
} from '../../src/storage/outside-files';

describe('files of others', function () {
  this.timeout(10_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'outside-'));
    writeFileSync(path.join(folder, 'a.txt'), 'some text');
    if (process.platform !== 'win32') execFileSync('mkfifo', [path.join(folder, 'pipe')]);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string) => path.join(folder, name);

  it('are read whole and in pieces', async () => {
    assert.equal(await readText(at('a.txt')), 'some text');
    assert.equal((await readFile(at('a.txt'))).length, 9);
    const pieces: string[] = [];
    for await (const piece of readPieces(at('a.txt'), 2, 6)) pieces.push(Buffer.from(piece).toString());
    assert.equal(pieces.join(''), 'me t');
    await requireFile(at('a.txt'));
    assert.equal((await lookAt(at('a.txt')))?.size, 9);
    assert.equal(await lookAt(at('none')), null);
  });

  it('give errors of the file system as node:fs does', async () => {
    await assert.rejects(readText(at('none')), { code: 'ENOENT' });
    await assert.rejects(openFile(folder), { code: 'EISDIR' });
  });

  it('are never pipes, devices or sockets, whose other end would be waited for', async function () {
    if (process.platform === 'win32') this.skip();
    const server = createServer().listen(at('socket'));
    try {
      for (const [place, what] of [
        [at('pipe'), 'a named pipe'],
        [at('socket'), 'a socket'],
        ['/dev/zero', 'a device'],
        ['/dev/tty', 'a device'],
      ]) {
        for (const read of [openFile, readFile, readText, requireFile]) {
          await assert.rejects(read(place), {
            code: 'invalid-input',
            message: `${place} is ${what}, expected a file`,
          });
        }
      }
    } finally {
      server.close();
    }
  });
});

describe('storage/time-limit', () => {
  it('ends a read that hangs with an error naming the file, and tells the read', async () => {
    let told = false;
    const hanging = (signal: AbortSignal) =>
      new Promise<never>(() => {
        signal.addEventListener('abort', () => {
          told = true;
        });
      });
    await assert.rejects(withinTime(10, '/share/a.tiff', undefined, hanging), {
      code: 'timeout',
      message: /^\/share\/a\.tiff: reading took longer than/,
    });
    assert.ok(told);
  });

  it('lets a read that was ready in time win over a timer that a busy process sees late', async () => {
    const busy = async () => {
      const until = performance.now() + 30;
      while (performance.now() < until);
      await sleep(0);
      return 7;
    };
    assert.equal(await withinTime(10, 'a.tiff', undefined, busy), 7);
  });

  it('passes a cancel on, and what the read throws', async () => {
    const stop = new AbortController();
    const reading = withinTime(5000, 'a.tiff', stop.signal, async (signal) => {
      stop.abort();
      signal.throwIfAborted();
    });
    await assert.rejects(reading, { name: 'AbortError' });
    await assert.rejects(
      withinTime(5000, 'a.tiff', undefined, () => Promise.reject(new Error('damaged'))),
      /damaged/,
    );
  });

  it('allows more time for more pixels', () => {
    assert.equal(timeLimit(0), 60_000);
    assert.equal(timeLimit(100 * 2 ** 20), 160_000);
  });
});
