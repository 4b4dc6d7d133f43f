import os from 'node:os';
import path from 'node:path';
import { Contender, type Result, Unavailable } from './peers/contender';
import { batches, insteadOfGpu, type OurWay, ourWays, type PeerDevice, rowsAsked, variants } from './peers/plan';
import { findPython, type Python } from './peers/python';
import { timingOf } from './support/measure';
import type { RowName, RowTask } from './support/rows';

/** The compiled file lies in dist/bench. */
const TWIN = path.resolve(__dirname, '../../bench/peers/twin.py');
const OURS = path.join(__dirname, 'peers', 'ours.js');
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const ROUND_SECONDS = 2;

/**
 * `npm run -s bench -- peers [rows...]`: our engines and PyTorch with the same network on this machine, in rounds that
 * alternate; one line of JSON for each row, batch and way of ours. The environment chooses: `PYTHON`, `ENGINE`, `DEVICE`,
 * `PRECISION`, `THREADS`, `BATCH`, `VARIANTS`, `ROUNDS`, and `SIZE` of the large volume.
 */
async function main(): Promise<void> {
  const python = findPython();
  const asked = await working(ourWays());
  const instead = insteadOfGpu();
  const ways = asked.length === 0 && instead ? [instead] : asked;
  if (ways.length === 0) throw new Error('peers: nothing that was asked for works on this machine');
  const peer = python.gpu !== null && ways.some(({ device }) => device !== 'cpu') ? 'cuda' : 'cpu';
  for (const row of rowsAsked(process.argv.slice(2), peer)) {
    for (const batch of batches(peer)) await compare({ row, batch, python, peer }, ways);
  }
}

interface Comparison {
  row: RowName;
  batch: number;
  python: Python;
  peer: PeerDevice;
}

/** Those that this machine has. */
async function working(ways: OurWay[]): Promise<OurWay[]> {
  const found: OurWay[] = [];
  for (const way of ways) {
    const contender = await orNull(nameOf(way), openOurs('predict-2d', 1, way));
    if (!contender) continue;
    found.push(way);
    await contender.end();
  }
  return found;
}

async function compare({ row, batch, python, peer }: Comparison, ways: OurWay[]): Promise<void> {
  const ours = new Map<string, Contender>();
  for (const way of ways) {
    const contender = await orNull(nameOf(way), openOurs(row, batch, way));
    if (contender) ours.set(nameOf(way), contender);
  }
  const [first] = ours.values();
  if (!first) return;
  const { task, threads } = first.opening as { task: RowTask; threads: number };
  const theirs = new Map<string, Contender>();
  for (const variant of variants(peer)) {
    const settings = JSON.stringify({ ...task, batch, threads, variant, device: peer });
    const contender = await orNull(`PyTorch, ${variant}`, Contender.start(python.command, [TWIN, settings]));
    if (contender) theirs.set(variant, contender);
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const group of [ours, theirs]) {
      for (const [name, contender] of group) {
        if (
          (await orNull(
            name,
            contender.round(ROUND_SECONDS).then(() => true),
          )) === null
        )
          group.delete(name);
      }
    }
  }
  const results = { ours: await endAll(ours), theirs: await endAll(theirs) };
  for (const [name, result] of results.ours) {
    const { task: _, ...opening } = ours.get(name)?.opening ?? {};
    tell(row, { opening, task, result }, { python, peer, results: results.theirs });
  }
}

function openOurs(row: RowName, batch: number, { engine, device, precision }: OurWay): Promise<Contender> {
  const env = { ENGINE: engine, DEVICE: device, PRECISION: precision, BATCH: String(batch) };
  return Contender.start(process.execPath, [OURS, row], env);
}

function nameOf({ engine, device, precision }: OurWay): string {
  return `${engine} on ${device}, ${precision}`;
}

/** The result, or null and a line on the error output where a contender cannot. */
async function orNull<T>(name: string, work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.error(`${name} left out: ${error.message}`);
    return null;
  }
}

async function endAll(contenders: Map<string, Contender>): Promise<Map<string, Result>> {
  const results = new Map<string, Result>();
  for (const [name, contender] of contenders) {
    const result = await orNull(name, contender.end());
    if (result) results.set(name, result);
  }
  return results;
}

interface Ours {
  opening: Record<string, unknown>;
  task: RowTask;
  result: Result;
}

interface Theirs {
  python: Python;
  peer: PeerDevice;
  results: Map<string, Result>;
}

/** One line: our seconds, those of each of PyTorch's variants, and how many times as long they take. */
function tell(row: RowName, { opening, task, result }: Ours, { python, peer, results }: Theirs): void {
  const own = summary(result);
  const { windows } = opening;
  const speed = typeof windows === 'number' ? { windowsPerSecond: rounded(windows / own.seconds) } : {};
  const variants = [...results].map(([variant, theirs]) => [variant, summary(theirs)] as const);
  const ratio = variants.map(([variant, { seconds }]) => [variant, rounded(seconds / own.seconds)]);
  const line = {
    ...{ name: row, date: new Date().toISOString().slice(0, 10) },
    machine: { cpu: os.cpus()[0]?.model.trim(), cores: os.availableParallelism(), gpu: python.gpu },
    ...{ ...opening, ...task, ...own, ...speed },
    pytorch: { version: python.torch, device: peer, ...Object.fromEntries(variants) },
    ...{ ratio: Object.fromEntries(ratio), node: process.versions.node },
  };
  console.log(JSON.stringify(line));
}

function summary({ times, processor, ...memory }: Result) {
  const { seconds, fastest, runs } = timingOf(times);
  const processorSeconds = rounded(timingOf(processor).seconds);
  return { seconds: rounded(seconds), fastest: rounded(fastest), processorSeconds, runs, ...memory };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
