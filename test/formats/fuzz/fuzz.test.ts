import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ChildMessage } from './fuzz-child';

/**
 * CI runs 20,000 inputs (`FUZZ_INPUTS`). An input is made of the seed and its number, and can be run alone (`FUZZ_SEED`,
 * `FUZZ_FIRST`). The seed is the date in UTC, so each day damages files in other ways, and is printed.
 */
const INPUTS = wholeNumber('FUZZ_INPUTS', 4000);
const FIRST = wholeNumber('FUZZ_FIRST', 0);
const SEED = wholeNumber('FUZZ_SEED', Number(new Date().toISOString().slice(0, 10).replaceAll('-', '')));
const LONGEST_MS = 5000;
/** Above what the sound files took. The largest block a seed's size can stand for (1100 times 20 kB) is a tenth of it. */
const MOST_GROWTH_BYTES = 256 * 2 ** 20;

type End = Extract<ChildMessage, { kind: 'end' }>;

describe('damaged files of every format', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'segmenter-fuzz-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('give an error of ours that names the file, or an image; no crash, no hang, no flood of memory', async function () {
    this.timeout(60_000 + INPUTS * 30);
    const again = `the same again: FUZZ_SEED=${SEED} FUZZ_FIRST=${FIRST} FUZZ_INPUTS=${INPUTS}`;
    console.log(`      ${again}`);
    const { faults, end } = await runChild(folder, FIRST, FIRST + INPUTS);
    assert.deepEqual(faults, [], `${faults.length} faults; ${again}\n${faults.join('\n')}`);
    assert.ok(end, `the child ended before its last input; ${again}`);
    const growth = end.peakBytes - end.startBytes;
    console.log(
      `      ${INPUTS} inputs from ${end.seeds} seeds: ${end.refused} refused, ${end.read} read, memory grew by ${Math.round(growth / 2 ** 20)} MB`,
    );
    assert.ok(growth < MOST_GROWTH_BYTES, `memory grew by ${growth} bytes; ${again}`);
    assert.ok(end.refused > INPUTS / 10 && end.read > INPUTS / 100, 'the mutations are too mild or too rough');
  });
});

/** @throws Error where the variable of the environment is set and is no whole number */
function wholeNumber(name: string, otherwise: number): number {
  const text = process.env[name];
  if (text === undefined) return otherwise;
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${name}: expected a whole number, got "${text}"`);
  return Number(text);
}

/** A child can be killed when it hangs, and its death is noticed. */
function runChild(folder: string, first: number, last: number): Promise<{ faults: string[]; end: End | null }> {
  return new Promise((resolve) => {
    const faults: string[] = [];
    let end: End | null = null;
    let doing = 'starting';
    const script = path.join(__dirname, 'fuzz-child.js');
    const child = fork(script, [folder, String(SEED), String(first), String(last)], {
      execArgv: ['--max-old-space-size=512'],
    });
    const watch = (ms: number) =>
      setTimeout(() => {
        faults.push(`${doing}: no answer for ${ms} ms`);
        child.kill('SIGKILL');
      }, ms);
    let timer = watch(60_000);
    child.on('message', (message: ChildMessage) => {
      clearTimeout(timer);
      timer = watch(LONGEST_MS);
      if (message.kind === 'begin') doing = `input ${message.input} (${message.seed})`;
      if (message.kind === 'fault') faults.push(`input ${message.input} (${message.seed}): ${message.fault}`);
      if (message.kind === 'end') end = message;
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (!end && !faults.some((fault) => fault.includes('no answer'))) faults.push(`${doing}: exit ${code} ${signal}`);
      resolve({ faults: faults.slice(0, 20), end });
    });
  });
}
