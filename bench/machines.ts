import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../src/base/numbers';
import { Random } from '../src/base/random';
import { doneLines, hashOf, Lab } from '../test/jobs/queue/lab';
import { startServer } from '../test/support/queue-servers';
import { simulateFacility } from './support/facility';

/**
 * What a queue costs and gains on this machine: `-- machines [redis|postgres] [PART ...]`, with the parts
 * `overhead` (milliseconds a job beyond the same on one machine), `throughput` (1, 2 and 4 workers), `kills` (300 predictions,
 * 50 kills of workers, 5 of the server) and `facility` (a simulation). Each with its load.
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
  const lab = await Lab.open(server.address, part === 'kills' ? 300 : 60);
  const row = (facts: object) =>
    console.log(JSON.stringify({ bench: 'machines', kind, part, ...facts, load: Number(loadavg()[0].toFixed(1)) }));
  try {
    if (part === 'overhead') row(await overhead(lab));
    if (part === 'throughput') for (const workers of [1, 2, 4]) row(await throughput(lab, workers));
    if (part === 'kills') row(await kills(lab, server));
  } finally {
    await lab.end();
    await server.remove();
  }
}

/** The same prediction one after the other, here and over the queue: the difference of the medians. */
async function overhead(lab: Lab): Promise<object> {
  await lab.start('pc-1');
  const runner = lab.runner();
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

async function kills(lab: Lab, server: Awaited<ReturnType<typeof startServer>>): Promise<object> {
  const names = ['pc-1', 'pc-2', 'pc-3'];
  const expected = await lab.expected();
  for (const name of names) await lab.start(name);
  const runner = lab.runner();
  const random = new Random(11);
  const begin = performance.now();
  let [done, killed, restarts] = [0, 0, 0];
  // As many at a time as a flow of three nodes has: what comes later is refused while the server is away, and tried again.
  const waiting = [...lab.images.entries()];
  const outputs: string[] = [];
  const uris = new Set<string>();
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [i, image] = next;
      for (;;) {
        const output = await runner.run('predict', lab.input(image)).catch(() => null);
        if (output) {
          outputs[i] = await hashOf(output);
          uris.add(output.probability.uri);
          break;
        }
        await sleep(300);
      }
      done++;
    }
  };
  const work = Promise.all(Array.from({ length: 12 }, lane));
  while (done < lab.images.length && killed < 50) {
    // Spread over the work, and a worker that is just starting is killed, too.
    if (done < (killed * lab.images.length) / 55) {
      await sleep(50);
      continue;
    }
    const name = names[random.integer(names.length)];
    await lab.kill(name);
    killed++;
    if (killed % 10 === 0) {
      await server.kill();
      await sleep(500);
      await server.start();
      restarts++;
    }
    void lab.start(name);
  }
  await work;
  const seconds = Math.round((performance.now() - begin) / 1000);
  const same = outputs.filter((hash, i) => hash === expected[i]).length;
  const twice = doneLines(lab.lines).length - lab.images.length;
  return {
    images: lab.images.length,
    killed,
    restarts,
    seconds,
    same,
    results: uris.size,
    countedTwice: twice,
    leftovers: lab.leftovers().filter((name) => !name.includes('.partial-')).length,
  };
}

void main();
