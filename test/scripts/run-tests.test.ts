import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../../..');
const SCRIPT = path.join(ROOT, 'scripts/run-tests.mjs');

const PASSES = "it('passes', () => {}); it('is left out');";
const FAILS = "it('compares', () => require('node:assert').equal(1, 2));";
const DIES = "it('dies', () => process.kill(process.pid, 'SIGKILL'));";
const BREAKS = "throw new Error('no test yet');";
/** A name that runs after the others, by itself. */
const ALONE = 'jobs/leaks';

describe('running tests, some files at a time', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'run-tests-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function run(files: Record<string, string>, jobs: number) {
    for (const [name, body] of Object.entries(files)) {
      const file = path.join(folder, `${name}.test.js`);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, `describe('${name}', () => { ${body} });`);
    }
    const env = { ...process.env, TEST_JOBS: String(jobs) };
    const { status, stdout } = spawnSync(process.execPath, [SCRIPT, folder], { env, encoding: 'utf8' });
    return { status, stdout, last: stdout.trimEnd().split('\n').at(-1) };
  }

  for (const jobs of [1, 2]) {
    it(`tells in its last line what became of all, and of no failure where there is none: ${jobs} at a time`, () => {
      const { status, last } = run({ a: PASSES, b: PASSES, c: PASSES }, jobs);
      assert.deepEqual([status, last], [0, '3 passed, 0 failed, 3 skipped']);
    });

    it(`ends with 1 where a test fails, and says which and why: ${jobs} at a time`, () => {
      const { status, stdout, last } = run({ a: FAILS, b: PASSES, [ALONE]: FAILS }, jobs);
      assert.deepEqual([status, last], [1, '1 passed, 2 failed, 1 skipped']);
      const summary = stdout.slice(stdout.indexOf('2 failing'));
      for (const file of ['a', ALONE])
        assert.match(summary, new RegExp(`\\) ${file}\\s+compares:\\s+AssertionError.*1 == 2`));
    });
  }

  it('fails where a file cannot be read or its process dies, names it, and goes on with the others', () => {
    const { status, stdout, last } = run({ a: BREAKS, b: PASSES, c: DIES, d: PASSES }, 2);
    assert.deepEqual([status, last], [1, '2 passed, 2 failed, 2 skipped']);
    const summary = stdout.slice(stdout.indexOf('2 failing'));
    assert.match(summary, /a\.test\.js.*no test yet/s);
    assert.match(summary, /c\.test\.js.*SIGKILL/s);
  });

  it('fails where there is no test', () => {
    assert.equal(run({}, 2).status, 1);
  });

  it('keeps for itself only what there is', () => {
    const [, list] = /ALONE = \[([^\]]*)\]/.exec(readFileSync(SCRIPT, 'utf8')) ?? [];
    const names = [...(list ?? '').matchAll(/'([^']+)'/g)].map(([, name]) => name);
    assert.ok(names.length > 0);
    const missing = names.filter((name) => !existsSync(path.join(ROOT, 'test', `${name}.test.ts`)));
    assert.deepEqual(missing, []);
  });
});
