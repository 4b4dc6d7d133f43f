import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../src/base/random';
import type { JobOutput } from '../../src/jobs/job-types';
import type { QueueRunner } from '../../src/jobs/queue/queue-runner';
import type { AskerServer } from '../../test/jobs/queue/asker-server';
import { doneLines, hashOf, type Lab } from '../../test/jobs/queue/lab';
import type { QueueServer } from '../../test/support/queue-servers';

export const IMAGES = 300;
const KILLS = 50;
const RESTARTS = 5;
/** As many at a time as a flow of three nodes has. */
const AT_ONCE = 12;
const EPOCHS = 60;
const WORKERS = ['pc-1', 'pc-2', 'pc-3'];
/** It ends, whatever the machine does beside it. */
const LONGEST_MS = 40 * 60_000;
const WORKER_SCRIPT = path.join(__dirname, '../../src/jobs/worker/worker-main.js');

/**
 * Has 300 images predicted and a model trained by three workers, of which 50 are killed one after the other at random while the
 * queue's server is killed five times: each result has to be there once, with the bytes of one machine.
 * @param asker where nothing is shared: who sends
 */
export async function kills(lab: Lab, server: QueueServer, asker?: AskerServer): Promise<object> {
  const expected = await lab.expected();
  const training = await lab.training('moved', EPOCHS);
  const whole = await lab.local.run('train', { ...training, settings: { ...training.settings, model: 'whole' } });
  const start = (name: string) => lab.start(name, asker ? { root: '', cache: path.join(lab.bench.folder, name) } : {});
  for (const name of WORKERS) await start(name);
  const runner = lab.runner(asker && lab.sentBy(asker));
  const begin = performance.now();
  const late = AbortSignal.timeout(LONGEST_MS);
  const predicted = predictAll(lab, runner, late);
  const trained = untilDone(() => runner.run('train', training), late);
  const killing = killAll(lab, server, start, () => predicted.done());
  const [outputs, model] = await Promise.all([predicted.outputs, trained]);
  const { killed, restarts } = await killing;
  const seconds = Math.round((performance.now() - begin) / 1000);
  // A process that is gone has left what the next one in its place clears away.
  await start('pc-last');
  await runner.run('predict', { ...lab.input(lab.images[0]), known: 'renew' });
  const hashes = await Promise.all(outputs.map(hashOf));
  for (const name of lab.workers.keys()) await lab.kill(name);
  await sleep(3000);
  return {
    ...{ images: outputs.length, killed, restarts, seconds },
    same: hashes.filter((hash, i) => hash === expected[i]).length,
    results: new Set(outputs.map(({ probability }) => probability.uri)).size,
    answers: doneLines(lab.lines).length - 1,
    versions: readdirSync(path.join(lab.shared, 'models', 'moved')).filter((name) => name.startsWith('v')).length,
    modelIsSame: model.model.sha256 === whole.model.sha256,
    ...{ leftovers: lab.leftovers(), orphans: orphans() },
  };
}

function predictAll(lab: Lab, runner: QueueRunner, late: AbortSignal) {
  const waiting = [...lab.images.entries()];
  const outputs: JobOutput<'predict'>[] = [];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [i, image] = next;
      outputs[i] = await untilDone(() => runner.run('predict', lab.input(image)), late);
    }
  };
  const all = Promise.all(Array.from({ length: AT_ONCE }, lane)).then(() => outputs);
  return { outputs: all, done: () => Object.keys(outputs).length };
}

/** As a node does: what is refused while the server is away, or failed with a machine, is tried again. */
async function untilDone<T>(work: () => Promise<T>, late: AbortSignal): Promise<T> {
  for (;;) {
    late.throwIfAborted();
    try {
      return await work();
    } catch {
      await sleep(300);
    }
  }
}

/** Kills spread over the work, of whichever worker has begun to take jobs. */
async function killAll(
  lab: Lab,
  server: QueueServer,
  start: (name: string) => Promise<unknown>,
  done: () => number,
): Promise<{ killed: number; restarts: number }> {
  const random = new Random(11);
  const ready = new Set(WORKERS);
  let [killed, restarts] = [0, 0];
  while (killed < KILLS && done() < IMAGES) {
    if (done() < (killed * IMAGES) / (KILLS + 5) || ready.size === 0) {
      await sleep(20);
      continue;
    }
    const name = [...ready].sort()[random.integer(ready.size)];
    ready.delete(name);
    await lab.kill(name);
    killed++;
    if (killed % (KILLS / RESTARTS) === 0) {
      await server.kill();
      await sleep(500);
      await server.start();
      restarts++;
    }
    void start(name).then(() => ready.add(name));
  }
  return { killed, restarts };
}

/** Processes of killed workers that did not end with them. */
function orphans(): number {
  if (!existsSync('/proc')) return 0;
  const isOrphan = (pid: string) => {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(WORKER_SCRIPT)) return false;
      const parent = readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) . /s, '')
        .split(' ')[0];
      return parent === '1';
    } catch {
      return false;
    }
  };
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isOrphan(name)).length;
}
