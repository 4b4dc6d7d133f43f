import { Random } from '../../src/base/random';
import { openEngine } from '../../src/engines';
import type { Batch, Engine, TrainingState } from '../../src/engines/engine';
import type { Zyx } from '../../src/image/region';
import { predictVolume } from '../../src/inference/predict-volume';
import { planTiles, type TilePlan, tileCount } from '../../src/inference/tiles';
import { divisor, initialParameters, type NetworkSpec } from '../../src/network';
import { batchSize, engineOptions, measure, perItem, placeOf, report } from './measure';

/** What a row of a benchmark does, for our engines and for others alike. */
export interface RowTask {
  kind: 'predict' | 'train' | 'volume';
  filters: number[];
  /** [(z,) y, x] of what a call takes, or of the whole volume */
  size: number[];
  /** [z, y, x] of the windows of a volume */
  window?: Zyx;
  overlap?: number;
}

/** A row opened on an engine. */
export interface OpenRow {
  task: RowTask;
  batch: number;
  /** takes the row's work once, from the host's memory to the host's memory */
  work(): Promise<unknown>;
  /** what makes the first `work` as quick as the others */
  warmUp(): Promise<unknown>;
  /** optimiser steps that one `work` takes; 1 for predictions */
  steps: number;
  /** windows of a volume */
  windows?: number;
  close(): Promise<void>;
}

/** Networks that the rows take: two of the medium size, and the seed system's headline case. */
const FILTERS = { three: [16, 32, 64], five: [16, 32, 64, 128, 128], large: [32, 64, 128, 256, 320] };
/** A card of this patch; the rest is the default planning of tiles. */
const LARGE_PATCH = { z: 32, y: 128, x: 128 };
const LARGE_OVERLAP = 0.25;

const ROWS = {
  'predict-2d': () => ({ kind: 'predict', filters: FILTERS.three, size: [512, 512] }),
  'predict-3d': () => ({ kind: 'predict', filters: FILTERS.three, size: [32, 128, 128] }),
  'train-2d': () => ({ kind: 'train', filters: FILTERS.three, size: [512, 512] }),
  'train-3d': () => ({ kind: 'train', filters: FILTERS.three, size: [32, 128, 128] }),
  'predict-2d-five': () => ({ kind: 'predict', filters: FILTERS.five, size: [512, 512] }),
  'predict-3d-five': () => ({ kind: 'predict', filters: FILTERS.five, size: [32, 128, 128] }),
  'train-2d-five': () => ({ kind: 'train', filters: FILTERS.five, size: [512, 512] }),
  'train-3d-five': () => ({ kind: 'train', filters: FILTERS.five, size: [32, 128, 128] }),
  'predict-large': () => ({ kind: 'volume', filters: FILTERS.large, size: largeSize(), overlap: LARGE_OVERLAP }),
} satisfies Record<string, () => RowTask>;
export type RowName = keyof typeof ROWS;
export const ROW_NAMES = Object.keys(ROWS) as RowName[];

/** Measures a row on the engine that the environment asks for, and prints its line. */
export async function benchmarkRow(name: RowName): Promise<void> {
  const engine = await openEngine(engineOptions());
  const row = await openRow(name, engine, batchSize());
  await row.warmUp();
  const long = row.task.kind === 'volume';
  const timing = perItem(await measure(() => row.work(), long ? { warmUps: 0, runs: 1 } : {}), row.steps);
  await row.close();
  const { filters, size, window } = row.task;
  const { windows } = row;
  const speed = windows === undefined ? {} : { window, windows, windowsPerSecond: rounded(windows / timing.seconds) };
  report(name, timing, { ...placeOf(engine), batch: row.batch, size, filters, ...speed });
}

/** @param batch images, patches or windows a call */
export function openRow(name: RowName, engine: Engine, batch: number): Promise<OpenRow> {
  const task: RowTask = ROWS[name]();
  if (task.kind === 'train') return openTraining(task, engine, batch);
  return task.kind === 'volume' ? openVolume(task, engine, batch) : openPrediction(task, engine, batch);
}

async function openPrediction(task: RowTask, engine: Engine, batch: number): Promise<OpenRow> {
  const spec = specOf(task);
  const session = await engine.createPrediction({ spec, parameters: initialParameters(spec, 1) });
  const shape = [batch, 1, ...task.size];
  const input = noise(shape);
  const work = () => session.predict(input, shape);
  return { task, batch, work, warmUp: () => twice(work), steps: 1, close: () => session.dispose() };
}

async function openTraining(task: RowTask, engine: Engine, batchSize: number): Promise<OpenRow> {
  const spec = specOf(task);
  const options = { batchSize, patch: task.size, loss: 'dice+bce' as const, weightDecay: 0 };
  const session = await engine.createTraining(spec, options, startState(initialParameters(spec, 1)));
  const input = noise([batchSize, 1, ...task.size]);
  const batch: Batch = { input, target: input.map((v) => (v > 0.5 ? 1 : 0)), weight: input.map(() => 1) };
  const steps = session.stepsAtOnce;
  const taken = Array.from({ length: steps }, () => ({ batch, learningRate: 1e-3, averageDecay: 0.99 }));
  const work = () => session.steps(taken);
  return { task, batch: batchSize, work, warmUp: () => twice(work), steps, close: () => session.dispose() };
}

async function openVolume(task: RowTask, engine: Engine, batch: number): Promise<OpenRow> {
  const spec = specOf(task);
  const size = task.size as Zyx;
  const plan = planTiles({ dimensions: 3, patch: LARGE_PATCH, divisor: divisor(spec) }, size, LARGE_OVERLAP);
  const session = await engine.createPrediction({ spec, parameters: initialParameters(spec, 1) });
  const pixels = noise(size);
  const window = windowOf(plan);
  const windows = noise([batch, 1, ...window]);
  return {
    task: { ...task, window },
    batch,
    work: () => predictVolume(session, pixels, [1, ...size], plan, { batch }),
    warmUp: () => twice(() => session.predict(windows, [batch, 1, ...window])),
    steps: 1,
    windows: tileCount(plan),
    close: () => session.dispose(),
  };
}

function specOf({ filters, size }: RowTask): NetworkSpec {
  return { dimensions: size.length as 2 | 3, inChannels: 1, filters };
}

function windowOf({ z, y, x }: TilePlan): Zyx {
  return [z.tile, y.tile, x.tile];
}

/** [z, y, x] from `SIZE` in the environment, so that a machine without a GPU can try the row on a part. */
function largeSize(): number[] {
  const { SIZE = '65,624,924' } = process.env;
  const size = SIZE.split(',').map(Number);
  const good = size.length === 3 && size.every((n) => Number.isInteger(n) && n > 0);
  if (!good) throw new Error(`SIZE: expected z,y,x, got ${SIZE}`);
  return size;
}

async function twice(work: () => Promise<unknown>): Promise<void> {
  await work();
  await work();
}

function startState(parameters: Float32Array): TrainingState {
  const zeros = new Float32Array(parameters.length);
  return { step: 0, parameters, average: parameters.slice(), firstMoment: zeros, secondMoment: zeros.slice() };
}

function noise(shape: number[]): Float32Array {
  const random = new Random(1);
  return Float32Array.from({ length: shape.reduce((product, n) => product * n, 1) }, () => random.normal());
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
