import { createInterface } from 'node:readline';
import { openEngine } from '../../src/engines';
import { batchSize, engineOptions, placeOf } from '../support/measure';
import { type OpenRow, openRow, type RowName } from '../support/rows';
import type { Round } from './contender';

/** Our contender of `peers`; see `Contender` for what it says and hears. */
async function main(): Promise<void> {
  const [name] = process.argv.slice(2) as [RowName];
  try {
    const options = engineOptions();
    const engine = await openEngine(options);
    const row = await openRow(name, engine, batchSize());
    await row.warmUp();
    const { task, batch, windows } = row;
    tell({ task, batch, windows, precision: options.precision, ...placeOf(engine) });
    for await (const line of createInterface({ input: process.stdin })) tell(await round(row, Number(line)));
    await row.close();
    tell({ peakMemoryMB: Math.round(process.resourceUsage().maxRSS / 1024) });
  } catch (error) {
    tell({ unavailable: (error as Error).message });
  }
}

/** Works until so many seconds are over. */
async function round({ work, steps }: OpenRow, seconds: number): Promise<Round> {
  const times: number[] = [];
  const processor: number[] = [];
  const begin = performance.now();
  while (times.length === 0 || performance.now() - begin < seconds * 1000) {
    const [start, before] = [performance.now(), process.cpuUsage()];
    await work();
    const { user, system } = process.cpuUsage(before);
    times.push((performance.now() - start) / 1000 / steps);
    processor.push((user + system) / 1e6 / steps);
  }
  return { times, processor };
}

function tell(message: object): void {
  console.log(JSON.stringify(message));
}

void main();
