import { createInterface } from 'node:readline';
import { openEngine } from '../../src/engines';
import { batchSize, engineOptions, placeOf } from '../support/measure';
import { type OpenRow, openRow, type RowName } from '../support/rows';

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
    for await (const line of createInterface({ input: process.stdin })) tell({ times: await round(row, Number(line)) });
    await row.close();
    tell({ peakMemoryMB: Math.round(process.resourceUsage().maxRSS / 1024) });
  } catch (error) {
    tell({ unavailable: (error as Error).message });
  }
}

/** Works until so many seconds are over. @returns seconds of each prediction or optimiser step */
async function round({ work, steps }: OpenRow, seconds: number): Promise<number[]> {
  const times: number[] = [];
  const begin = performance.now();
  while (times.length === 0 || performance.now() - begin < seconds * 1000) {
    const start = performance.now();
    await work();
    times.push((performance.now() - start) / 1000 / steps);
  }
  return times;
}

function tell(message: Record<string, unknown>): void {
  console.log(JSON.stringify(message));
}

void main();
