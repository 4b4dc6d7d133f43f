import { loadavg } from 'node:os';
import { median } from '../src/base/numbers';
import { AskerServer } from '../test/jobs/queue/asker-server';
import { Lab } from '../test/jobs/queue/lab';
import { startServer } from '../test/support/queue-servers';
import { simulateFacility } from './support/facility';
import { IMAGES, kills } from './support/kills';

/**
 * What a queue costs and gains on this machine: `-- machines [redis|postgres] [PART ...]`, with the parts
 * `overhead` (milliseconds a job beyond the same on one machine), `sent` (the same where no folder is shared), `throughput` (1, 2
 * and 4 workers), `kills` (300 predictions and a training, 50 kills of workers, 5 of the server), `kills-sent` and `facility` (a
 * simulation). Each with its load.
 */
async function main(): Promise<void> {
  const [kind = 'redis', ...given] = process.argv.slice(2);
  if (kind !== 'redis' && kind !== 'postgres') throw new Error(`expected redis or postgres, got ${kind}`);
  const parts = given.length > 0 ? given : ['overhead', 'throughput', 'kills', 'facility'];
  for (const part of parts) {
    if (part === 'facility') simulateFacility();
    else await withLab(kind, part);
  }
}

async function withLab(kind: 'redis' | 'postgres', part: string): Promise<void> {
  const server = await startServer(kind);
  const lab = await Lab.open(server.address, part.startsWith('kills') ? IMAGES : 60);
  const row = (facts: object) =>
    console.log(JSON.stringify({ bench: 'machines', kind, part, ...facts, load: Number(loadavg()[0].toFixed(1)) }));
  try {
    if (part === 'overhead') row(await overhead(lab));
    if (part === 'sent') row(await sending(async (asker) => overhead(lab, asker)));
    if (part === 'throughput') for (const workers of [1, 2, 4]) row(await throughput(lab, workers));
    if (part === 'kills') row(await kills(lab, server));
    if (part === 'kills-sent') row(await sending(async (asker) => kills(lab, server, asker)));
  } finally {
    await lab.end();
    await server.remove();
  }
}

async function sending(work: (asker: AskerServer) => Promise<object>): Promise<object> {
  const asker = new AskerServer();
  await asker.start();
  try {
    return await work(asker);
  } finally {
    await asker.stop();
  }
}

/** The same prediction one after the other, here and over the queue: the difference of the medians. */
async function overhead(lab: Lab, asker?: AskerServer): Promise<object> {
  await lab.start('pc-1', asker ? { root: '' } : {});
  const runner = lab.runner(asker && lab.sentBy(asker));
  const input = (i: number) => ({ ...lab.input(lab.images[i]), known: undefined });
  const time = async (work: () => Promise<unknown>) => {
    const begin = performance.now();
    await work();
    return performance.now() - begin;
  };
  const [here, there]: number[][] = [[], []];
  for (let i = 0; i < lab.images.length; i++) {
    here.push(await time(() => lab.local.run('predict', input(i))));
    there.push(await time(() => runner.run('predict', input(i))));
  }
  const rest = (times: number[]) => Number(median(times.slice(5)).toFixed(1));
  return { hereMs: rest(here), overQueueMs: rest(there), overheadMs: Number((rest(there) - rest(here)).toFixed(1)) };
}

async function throughput(lab: Lab, workers: number): Promise<object> {
  for (let i = 0; i < workers; i++) if (!lab.workers.has(`pc-${i}`)) await lab.start(`pc-${i}`);
  const runner = lab.runner();
  const all = () =>
    Promise.all(lab.images.map((image) => runner.run('predict', { ...lab.input(image), known: 'renew' })));
  await all();
  const begin = performance.now();
  await all();
  return { workers, jobsPerSecond: Number(((1000 * lab.images.length) / (performance.now() - begin)).toFixed(1)) };
}

void main();
