import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../../src/base/random';
import { QUEUE_TIMES } from '../../../src/jobs/queue/connection';
import { type QueueServer, serverProgram, startServer } from '../../support/queue-servers';
import { doneJobs, doneLines, hashOf, Lab } from './lab';
import { QUICK } from './queue-under-test';

/** `QUEUE_IMAGES=300` for as many as bench/README.md tells of. */
const IMAGES = Number(process.env.QUEUE_IMAGES ?? 16);
const HOUR = 3_600_000;

for (const kind of ['redis', 'postgres'] as const) {
  describe(`machines that share a queue on ${kind}`, function () {
    this.timeout(120_000);
    let server: QueueServer;
    let lab: Lab;
    let expected: string[];
    before(async function () {
      if (serverProgram(kind) === null) return this.skip();
      server = await startServer(kind);
      lab = await Lab.open(server.address, IMAGES);
      expected = await lab.expected();
      // The first tries the devices, the others know of it.
      await lab.start('pc-1');
      await lab.start('pc-2');
    });
    after(async () => {
      await lab?.end();
      await server?.remove();
    });

    it('make each result once, with the bytes of one machine, though workers are killed and the server is', async () => {
      const runner = lab.runner();
      const random = new Random(7, 1);
      const jobs = lab.images.map((image) => retried(() => runner.run('predict', lab.input(image))));
      const all = Promise.all(jobs);
      let isOver = false;
      all.finally(() => {
        isOver = true;
      });
      for (let kills = 0; kills < 4 && !isOver; kills++) {
        await sleep(300);
        const name = random.uniform() < 0.5 ? 'pc-1' : 'pc-2';
        await lab.kill(name);
        if (kills === 2) {
          await server.kill();
          await sleep(300);
          await server.start();
        }
        void lab.start(name);
      }
      const outputs = await all;
      assert.deepEqual(await Promise.all(outputs.map(hashOf)), expected);
      assert.equal(new Set(outputs.map(({ probability }) => probability.uri)).size, IMAGES);
      assert.equal(readdirSync(lab.results).filter((name) => /^[0-9a-f]{64}$/.test(name)).length, IMAGES);
    });

    it('go on without one that stands still, which hands in nothing when it wakes', async () => {
      await Promise.all(['pc-1', 'pc-2'].map((name) => lab.kill(name)));
      const sleeper = await lab.start('pc-3');
      const runner = lab.runner();
      lab.lines.splice(0);
      const stopped = sleep(150).then(() => sleeper.kill('SIGSTOP'));
      const jobs = lab.images.map((image) => runner.run('predict', { ...lab.input(image), known: 'renew' }));
      await stopped;
      await lab.start('pc-4');
      const outputs = await Promise.all(jobs);
      sleeper.kill('SIGCONT');
      assert.deepEqual(await Promise.all(outputs.map(hashOf)), expected);
      await sleep(1500);
      assert.equal(doneLines(lab.lines).length, IMAGES, lab.lines.join('\n'));
      assert.deepEqual(lab.leftovers(), []);
    });

    it('leave a job to another where a folder is mounted wrongly, or not at all', async () => {
      await Promise.all(['pc-3', 'pc-4'].map((name) => lab.kill(name)));
      const wrong = path.join(lab.bench.folder, 'wrong');
      cpSync(lab.shared, wrong, { recursive: true });
      for (const { id } of lab.images) writeFileSync(path.join(wrong, `${id}.ome.tiff`), 'another image');
      await lab.start('wrong', { root: `lab=${wrong}` });
      const runner = lab.runner();
      const job = runner.run('predict', lab.input(lab.images[0]));
      await until(() => lab.lines.some((line) => /given back: .*is not the file that was asked for/.test(line)));
      await lab.start('pc-5');
      assert.equal(await hashOf(await job), expected[0]);
      await lab.kill('wrong');
    });

    it('leave work to others while their own disk is full', async function () {
      const full = path.join(lab.bench.folder, 'full');
      mkdirSync(full);
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', full], { stdio: 'ignore' });
      } catch {
        return this.skip();
      }
      try {
        for (const name of ['pc-5', 'wrong']) await lab.kill(name);
        for (const name of readdirSync(lab.caches)) {
          if (name.startsWith('engines-')) cpSync(path.join(lab.caches, name), path.join(full, name));
        }
        const { bavail, bsize } = statfsSync(full);
        writeFileSync(path.join(full, 'ballast'), Buffer.alloc(bavail * bsize));
        await lab.start('full', { cache: full });
        const runner = lab.runner();
        const job = runner.run('predict', { ...lab.input(lab.images[1]), known: 'renew' });
        const rests = async () => (await runner.state()).workers.find(({ name }) => name === 'full')?.rests ?? '';
        while (!/the disk of .* is full/.test(await rests())) await sleep(200);
        await lab.start('pc-5');
        assert.equal(await hashOf(await job), expected[1]);
        assert.ok(!lab.lines.some((line) => line.startsWith('full: predict')), lab.lines.join('\n'));
      } finally {
        await lab.kill('full');
        await sleep(500);
        execFileSync('umount', ['-l', full]);
      }
    });

    it('go on with a training where one that was killed had saved it, to the same bytes', async () => {
      const training = await lab.training('moved', 40);
      const runner = lab.runner();
      let saving: Promise<void> | null = null;
      let save: () => Promise<void> = async () => undefined;
      const steps: number[] = [];
      const job = runner.run('train', training, {
        offerSave: (how) => {
          save = how;
        },
        onProgress: ({ step }) => {
          steps.push(step);
          if (step > 4) saving ??= save();
        },
      });
      // Whoever asks for the same gets the same training.
      const same = lab.runner().run('train', training);
      await until(() => saving !== null);
      await saving;
      const busy = lab.lines.findLast((line) => line.includes(' takes '))?.split(':')[0] ?? '';
      await lab.kill(busy);
      await lab.start('pc-6');
      const { model } = await job;
      assert.equal((await same).model.version, model.version);
      assert.equal(model.version, 'v1');
      const whole = await lab.local.run('train', { ...training, settings: { ...training.settings, model: 'whole' } });
      assert.equal(model.sha256, whole.model.sha256);
      assert.equal(readdirSync(path.join(lab.results, 'inputs')).length, 4);
    });

    it('make each result once while the clock of one jumps an hour on and that of another an hour back', async () => {
      await Promise.all([...lab.workers.keys()].map((name) => lab.kill(name)));
      await Promise.all([lab.start('pc-on', { clockJumpMs: HOUR }), lab.start('pc-back', { clockJumpMs: -HOUR })]);
      // The server is never away here, however busy the machine that runs the tests.
      const runner = lab.runner({ times: { ...QUICK, answerMs: QUEUE_TIMES.answerMs } });
      lab.lines.splice(0);
      const predictAll = () =>
        lab.images.map((image) => runner.run('predict', { ...lab.input(image), known: 'renew' }));
      const before = predictAll();
      // Longer than half a second until they jump, and than a lock.
      await sleep(3000);
      for (const jobs of [before, predictAll()])
        assert.deepEqual(await Promise.all((await Promise.all(jobs)).map(hashOf)), expected);
      assert.equal(await doneJobs(lab.lines, 2 * IMAGES), 2 * IMAGES, lab.lines.join('\n'));
      const { workers } = await runner.state();
      const living = workers.filter(({ isAlive, name }) => isAlive && ['pc-back', 'pc-on'].includes(name));
      assert.equal(living.length, 2, JSON.stringify(workers));
      assert.deepEqual(lab.leftovers(), []);
    });
  });
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(50);
}

/** As a node does: what failed for a reason that may pass is tried again. A server that was killed may be back late on a busy machine. */
async function retried<T>(work: () => Promise<T>, longestMs = 60_000): Promise<T> {
  const begin = performance.now();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() - begin > longestMs) throw error;
      await sleep(300);
    }
  }
}
