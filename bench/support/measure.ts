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

function oneOf<T extends string>(name: string, value: string, choices: T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new Error(`${name}: expected one of ${choices.join(', ')}, got ${value}`);
  return found;
}
