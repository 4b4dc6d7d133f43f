import os from 'node:os';
import type { Engine, EngineOptions } from '../../src/engines/engine';

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
  return timingOf(times);
}

/** @param times at least one */
export function timingOf(times: readonly number[]): Timing {
  const sorted = [...times].sort((a, b) => a - b);
  const runs = sorted.length;
  const middle = runs >> 1;
  const median = runs % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { seconds: median, fastest: sorted[0], slowest: sorted[runs - 1], runs };
}

/** The timing of one of `items` that each run took. */
export function perItem({ runs, ...times }: Timing, items: number): Timing {
  const { seconds, fastest, slowest } = times;
  return { seconds: seconds / items, fastest: fastest / items, slowest: slowest / items, runs };
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

/**
 * The engine settings of a run, from the environment: `ENGINE` (onnx; tensorflow), `DEVICE` (cpu), `THREADS`
 * (0: physical cores) and `PRECISION` (float32).
 */
export function engineOptions(): EngineOptions {
  const { ENGINE = 'onnx', DEVICE = 'cpu', THREADS = '0', PRECISION = 'float32' } = process.env;
  return {
    engine: oneOf('ENGINE', ENGINE, ['auto', 'onnx', 'tensorflow']),
    device: oneOf('DEVICE', DEVICE, ['auto', 'cpu', 'cuda', 'webgpu']),
    threads: Number(THREADS),
    precision: oneOf('PRECISION', PRECISION, ['float32', 'tf32', 'float16']),
  };
}

/** Images, patches or windows a call, from `BATCH` in the environment (1). */
export function batchSize(): number {
  const batch = Number(process.env.BATCH ?? 1);
  if (!(Number.isInteger(batch) && batch >= 1)) throw new Error(`BATCH: expected 1 or more, got ${process.env.BATCH}`);
  return batch;
}

function oneOf<T extends string>(name: string, value: string, choices: T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new Error(`${name}: expected one of ${choices.join(', ')}, got ${value}`);
  return found;
}
