import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../src/base/random';
import { isTrainingLogName } from '../../src/models/training-file';
import type { TrainSettings } from '../../src/training/settings';

const KILLS = 24;
/** Longest time from the first step of a part to its end by a kill, in milliseconds. */
const LONGEST_MS = 120;

describe('a training that is killed again and again', function () {
  this.timeout(120_000);
  let folder: string;
  let spare: ChildProcess;
  const next = (): ChildProcess =>
    fork(path.join(__dirname, 'killed-training.js'), { env: { ...process.env, TMPDIR: folder }, execArgv: [] });
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-kills-'));
    spare = next();
  });
  after(() => {
    spare.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  /** Trains in a fresh process; the one after it starts meanwhile. @returns what came of it, or null after a kill */
  const part = async (
    run: string,
    killAfterMs: number | null,
    settings: Partial<TrainSettings>,
  ): Promise<{ result: string | null; steps: number[] }> => {
    const child = spare;
    spare = next();
    const steps: number[] = [];
    let result: string | null = null;
    const done = new Promise<void>((resolve) => {
      child.on('message', (message: { step?: number; result?: string }) => {
        if (message.step !== undefined) steps.push(message.step);
        if (steps.length === 1 && killAfterMs !== null) sleep(killAfterMs).then(() => child.kill('SIGKILL'));
        result = message.result ?? result;
        if (result !== null) resolve();
      });
    });
    child.send({ folder: path.join(folder, run), settings, isWatched: !run.endsWith('-whole') });
    const ended = once(child, 'exit');
    await Promise.race([done, ended]);
    child.kill('SIGKILL');
    await ended;
    return { result, steps };
  };

  for (const [name, settings] of [
    ['held-out', {}],
    ['folds', { validation: null }],
    // Its clock goes on with each look at it: there is time enough.
    ['measured-folds', { validation: null, maxMinutes: 1000 }],
  ] as const) {
    it(`gives the bytes of one that was not: ${name}`, async () => {
      const whole = await part(`${name}-whole`, null, settings);
      const random = new Random(7);
      let kills = 0;
      let reached = 0;
      let result: string | null = null;
      while (result === null) {
        const { steps, ...end } = await part(name, kills < KILLS ? random.integer(LONGEST_MS) : null, settings);
        result = end.result;
        if (result !== null) break;
        kills++;
        // Every step is saved: what was begun last may be done again, or what was reported before its save.
        assert.ok(steps[0] >= reached - 1, `went on at step ${steps[0]} after step ${reached}`);
        reached = Math.max(reached, ...steps);
      }
      assert.equal(result, whole.result);
      assert.ok(kills >= KILLS / 2, `${kills} kills`);
      const left = readdirSync(path.join(folder, name)).filter((file) => !file.includes('.partial-'));
      const unseen = left.filter((file) => !isTrainingLogName(file) && !['pictures', 'maps'].includes(file));
      assert.deepEqual(unseen.sort(), ['metrics.csv', 'training.before.ckpt', 'training.ckpt']);
      // The whole one was watched by nobody: what is shown to people changes no byte.
      for (const seen of ['training.json', 'pictures', 'maps']) assert.ok(left.includes(seen), left.join());
      assert.ok(!readdirSync(path.join(folder, `${name}-whole`)).includes('training.json'));
    });
  }
});
