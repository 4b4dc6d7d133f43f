import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { HostileMessage } from './hostile-child';

const SIZE = 10 ** 6;
/** Sound ones take a fraction of a second; squared time shows as tens of seconds. */
const LONGEST_MS = 8000;
const MOST_BYTES = 900 * 2 ** 20;

describe('files that ask for as much work as their size allows', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'segmenter-hostile-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are read or refused within seconds, with an error of some lines, and without a flood of memory', async function () {
    this.timeout(600_000);
    const { faults, ended, peakBytes } = await runChild(folder);
    assert.deepEqual(faults, []);
    assert.ok(ended > 50, `only ${ended} files were tried`);
    assert.ok(peakBytes < MOST_BYTES, `the process took ${Math.round(peakBytes / 2 ** 20)} MB`);
  });
});

/** A child can be killed when it hangs, and its death is noticed. */
function runChild(folder: string): Promise<{ faults: string[]; ended: number; peakBytes: number }> {
  return new Promise((resolve) => {
    const faults: string[] = [];
    let [ended, peakBytes, doing] = [0, 0, 'starting'];
    const child = fork(path.join(__dirname, 'hostile-child.js'), [folder, String(SIZE)], { execArgv: [] });
    const watch = () =>
      setTimeout(() => {
        faults.push(`${doing}: no answer for ${LONGEST_MS} ms`);
        child.kill('SIGKILL');
      }, 2 * LONGEST_MS);
    let timer = watch();
    child.on('message', (message: HostileMessage) => {
      clearTimeout(timer);
      timer = watch();
      doing = message.name;
      if (message.kind === 'begin') return;
      ended++;
      peakBytes = Math.max(peakBytes, message.peakBytes);
      if (message.fault !== null) faults.push(`${message.name}: ${message.fault}`);
      if (message.ms > LONGEST_MS) faults.push(`${message.name}: ${Math.round(message.ms)} ms`);
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (code !== 0 && !faults.some((fault) => fault.includes('no answer'))) {
        faults.push(`${doing}: exit ${code} ${signal}`);
      }
      resolve({ faults, ended, peakBytes });
    });
  });
}
