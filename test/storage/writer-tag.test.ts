import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isAlive, ownMark } from '../../src/storage/writer-tag';

describe('isAlive', () => {
  it('knows this process, with and without its start', async () => {
    const mark = await ownMark();
    assert.equal(mark.pid, process.pid);
    assert.ok(await isAlive(mark));
    assert.ok(await isAlive({ pid: process.pid, started: null }));
  });

  it('knows that a process has ended', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    assert.equal(await isAlive({ pid: child.pid ?? 0, started: null }), false);
  });

  it('tells a later process of the same number apart', async function () {
    if (process.platform !== 'linux') this.skip();
    assert.match((await ownMark()).started ?? '', /^\d+$/);
    assert.equal(await isAlive({ pid: process.pid, started: '1' }), false);
  });
});
