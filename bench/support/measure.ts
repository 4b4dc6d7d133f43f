import os from 'node:os';
import type { Engine } from '../../src/engines/engine';

export interface Timing {
  /** median of the measured runs */
  seconds: number;
  fastest: number;
  slowest: number;
  runs: number;
}

/** Runs `work` some times to warm up, then measures it. */
export async function measure(
  work: () => unknown,
  { warmUps = 2, runs = 7 }: { warmUps?: number; runs?: number } = {},
): Promise<Timing> {
  for (let i = 0; i < warmUps; i++) await work();
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = process.hrtime.bigint();
    await work();
    times.push(Number(process.hrtime.bigint() - start) / 1e9);
  }
  times.sort((a, b) => a - b);
  const middle = runs >> 1;
  const median = runs % 2 === 1 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
  return { seconds: median, fastest: times[0], slowest: times[runs - 1], runs };
}

/** Prints one benchmark's line of JSON. */
export function report(name: string, timing: Timing | { seconds: number }, details: Record<string, unknown>): void {
  const rounded = Object.fromEntries(Object.entries(timing).map(([key, value]) => [key, Number(value.toPrecision(4))]));
  const machine = { cpu: os.cpus()[0]?.model.trim(), node: process.versions.node };
  console.log(JSON.stringify({ name, ...rounded, ...details, ...machine }));
}

/** Where the work ran, for a report. */
export function placeOf(engine: Engine): Record<string, unknown> {
  return { engine: engine.name, device: engine.device, threads: engine.threads };
}

/** The engine settings of a run, from the environment: `DEVICE` (auto) and `THREADS` (0: physical cores). */
export function engineOptions(): { device: 'auto' | 'cpu' | 'cuda' | 'webgpu'; threads: number } {
  const { DEVICE = 'auto', THREADS = '0' } = process.env;
  if (DEVICE !== 'auto' && DEVICE !== 'cpu' && DEVICE !== 'cuda' && DEVICE !== 'webgpu') {
    throw new Error(`DEVICE: expected auto, cpu, cuda or webgpu, got ${DEVICE}`);
  }
  return { device: DEVICE, threads: Number(THREADS) };
}
