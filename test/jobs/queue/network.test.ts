import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueRunner } from '../../../src/jobs/queue/queue-runner';
import { NetworkHost } from '../../support/network-host';
import { type QueueServer, serverProgram, startServer } from '../../support/queue-servers';
import { AskerServer } from './asker-server';
import { hashOf, Lab } from './lab';
import { QUICK } from './queue-under-test';

/** `QUEUE_IMAGES=300` for as many as bench/README.md tells of. */
const IMAGES = Number(process.env.QUEUE_IMAGES ?? 16);
const NAMES = ['near', 'far'];
/** Longer than a lock and the patience with a machine that is away. */
const CUT_MS = QUICK.lockMs + QUICK.reachMs;

for (const kind of ['redis', 'postgres'] as const) {
  describe(`hosts whose network is cut, with a queue on ${kind} and no shared folder`, function () {
    this.timeout(300_000);
    const hosts: NetworkHost[] = [];
    let server: QueueServer;
    let asker: AskerServer;
    let lab: Lab;
    let expected: string[];
    before(async function () {
      if (serverProgram(kind) === null) return this.skip();
      while (hosts.length < NAMES.length) {
        const host = NetworkHost.open();
        // Only who may make network namespaces can pull a cable.
        if (host === null) return this.skip();
        hosts.push(host);
      }
      const { here } = hosts[0];
      server = await startServer(kind, { also: hosts.map((host) => host.here) });
      asker = new AskerServer(here);
      await asker.start();
      lab = await Lab.open(server.address, IMAGES);
      expected = await lab.expected();
      for (const [i, name] of NAMES.entries()) {
        const address = server.address.replace('127.0.0.1', hosts[i].here);
        await lab.start(name, { address, root: '', cache: await lab.disk(name) }, hosts[i].command);
      }
    });
    after(async () => {
      await lab?.end();
      await asker?.stop();
      await server?.remove();
      for (const host of hosts) host.close();
    });
    const predictAll = (asking: QueueRunner) =>
      lab.images.map((image) => asking.run('predict', { ...lab.input(image), known: 'renew' }));
    const works = (name: string) => lab.lines.some((line) => line.startsWith(`${name}: predict`));
    const ofAll = async (jobs: ReturnType<typeof predictAll>) => {
      const outputs = await Promise.all(jobs);
      assert.deepEqual(await Promise.all(outputs.map(hashOf)), expected);
      assert.equal(new Set(outputs.map(({ probability }) => probability.uri)).size, IMAGES);
      assert.deepEqual(lab.leftovers(), []);
    };

    it('make each result once, with the bytes of one machine, though one is cut off in the middle and comes back', async () => {
      const asking = lab.runner(lab.sentBy(asker));
      const jobs = predictAll(asking);
      await until(() => NAMES.every(works));
      hosts[1].cut();
      await sleep(CUT_MS);
      hosts[1].heal();
      await ofAll(jobs);
      lab.lines.splice(0);
      while (!works('far')) await ofAll(predictAll(asking));
    });

    it('go on where both were cut off, with nothing lost or done twice', async () => {
      const asking = lab.runner(lab.sentBy(asker));
      lab.lines.splice(0);
      const jobs = predictAll(asking);
      await until(() => NAMES.some(works));
      for (const host of hosts) host.cut();
      await sleep(CUT_MS);
      const waiting = await asking.state();
      assert.ok(waiting.answers && (waiting.waiting ?? 0) + (waiting.running ?? 0) > 0);
      for (const host of hosts) host.heal();
      await ofAll(jobs);
    });

    it('train one model, by whoever is reached, where the one that trained is cut off', async () => {
      const asking = lab.runner(lab.sentBy(asker));
      const training = await lab.training('moved', 300);
      let saving: Promise<void> | null = null;
      let save: () => Promise<void> = async () => undefined;
      const job = asking.run('train', training, {
        offerSave: (how) => {
          save = how;
        },
        onProgress: ({ step }) => {
          if (step > 4) saving ??= save();
        },
      });
      await until(() => saving !== null);
      await saving;
      const busy = await whoTrains(asking);
      const cut = hosts[NAMES.indexOf(busy)];
      cut.cut();
      const { model } = await job;
      cut.heal();
      const whole = await lab.local.run('train', { ...training, settings: { ...training.settings, model: 'whole' } });
      assert.equal(model.sha256, whole.model.sha256);
      await until(() => lab.lines.some((line) => line.startsWith(`${busy}: train`)));
      const ends = lab.lines.filter((line) => line.includes(': train moved'));
      assert.deepEqual(ends.map((line) => /: done in/.test(line)).sort(), [false, true], ends.join('\n'));
      assert.deepEqual(readdirSync(path.join(lab.shared, 'models', 'moved')), ['v1']);
      assert.deepEqual(readdirSync(path.join(lab.results, 'trainings')), []);
    });
  });
}

/** Waits until a worker has said that it trains. */
async function whoTrains(asking: QueueRunner): Promise<string> {
  for (;;) {
    const { workers } = await asking.state();
    const found = workers.find(({ devices }) => devices.some(({ job }) => job?.startsWith('train')));
    if (found) return found.name;
    await sleep(100);
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(50);
}
