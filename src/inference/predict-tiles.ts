import { SegmenterError, throwIfCancelled } from '../base/errors';
import type { WorkContext } from '../base/progress';
import type { PredictionSession } from '../engines/engine';
import { Blender, type TileIndex } from './blender';
import { cutTile, type PlaneSource } from './cut-tile';
import { type Mirror, mirrorings } from './mirrors';
import { type OutputReading, readProbabilities } from './probabilities';
import { type SumStore, sumsInFile, sumsInMemory } from './sum-store';
import { type TilePlan, tileCount, tilePixels } from './tiles';

/** What one prediction of an image (one time point) needs. */
export interface TileRun extends WorkContext {
  session: PredictionSession;
  plan: TilePlan;
  channels: number;
  output: OutputReading;
  /** tiles a call of the network; changes the speed, never the result */
  batch: number;
  /** average the predictions of all mirrorings */
  mirror: boolean;
  /** load a row of tiles along x at a time instead of whole planes */
  bands?: boolean;
  /** keep the sums in a file in this folder instead of in memory */
  sumsFolder?: string | null;
}

/** Pixels from planes `z` and rows `y`, each a half-open range within the image. */
export type LoadPlanes = (z: [number, number], y: [number, number]) => PlaneSource | Promise<PlaneSource>;

/** Takes finished planes [z, y, x] of probabilities, in order. */
export type EmitPlanes = (planes: Float32Array<ArrayBuffer>, firstZ: number) => void | Promise<void>;

/** Pixels handed out at a time, unless a plane alone has more. */
const EMIT_PIXELS = 2 ** 22;

interface WorkItem {
  tile: TileIndex;
  mirror: Mirror;
}

/**
 * Predicts all tiles, row by row along z, blends them and hands out each plane as soon as no later tile touches it.
 * Holds the sums of one row of tiles and one batch.
 * @throws CancelledError; SegmenterError `engine` for outputs that are no probabilities
 */
export async function predictTiles(run: TileRun, load: LoadPlanes, emit: EmitPlanes): Promise<void> {
  const { plan } = run;
  const mirrors = mirrorings(plan.dimensions, run.mirror);
  const groups = rowGroups(run, mirrors.length);
  const depth = Math.max(...groups.map(([first, end]) => plan.z.starts[end - 1] + plan.z.tile - plan.z.starts[first]));
  const store = openSums(run, Math.min(depth, plan.z.size));
  const blender = new Blender(plan, depth, mirrors.length, store);
  try {
    await predictGroups(run, groups, mirrors, blender, load, emit);
  } finally {
    store.close();
  }
}

function openSums({ plan, sumsFolder }: TileRun, depth: number): SumStore {
  const { size: height } = plan.y;
  const { size: width } = plan.x;
  return sumsFolder ? sumsInFile(sumsFolder, depth, height, width) : sumsInMemory(depth, height, width);
}

async function predictGroups(
  run: TileRun,
  groups: Array<[number, number]>,
  mirrors: Mirror[],
  blender: Blender,
  load: LoadPlanes,
  emit: EmitPlanes,
): Promise<void> {
  const { plan, signal, progress } = run;
  const together = Math.max(1, Math.floor(EMIT_PIXELS / (plan.y.size * plan.x.size)));
  const total = tileCount(plan) * mirrors.length;
  let done = 0;

  for (const [first, end] of groups) {
    const fromZ = plan.z.starts[first];
    const toZ = Math.min(plan.z.starts[end - 1] + plan.z.tile, plan.z.size);
    for (const { y, items } of loads(plan, first, end, mirrors, run.bands ?? false)) {
      throwIfCancelled(signal, 'the prediction');
      const source = await load([fromZ, toZ], y);
      for (let next = 0; next < items.length; next += run.batch) {
        throwIfCancelled(signal, 'the prediction');
        const batch = items.slice(next, next + run.batch);
        await predictBatch(run, source, batch, blender);
        done += batch.length;
        progress?.({ done, total, text: `tile ${done} of ${total}` });
      }
    }
    const finished = end < plan.z.starts.length ? plan.z.starts[end] : plan.z.size;
    for (let z = fromZ; z < finished; z += together) await emit(blender.take(z, Math.min(z + together, finished)), z);
  }
}

async function predictBatch(run: TileRun, source: PlaneSource, items: WorkItem[], blender: Blender): Promise<void> {
  const { plan, channels } = run;
  const pixels = tilePixels(plan);
  const input = new Float32Array(items.length * channels * pixels);
  items.forEach(({ tile, mirror }, i) => {
    const { z, y, x } = plan;
    cutTile(
      source,
      channels,
      plan,
      [z.starts[tile.z], y.starts[tile.y], x.starts[tile.x]],
      mirror,
      input,
      i * channels * pixels,
    );
  });
  const spatial = plan.dimensions === 2 ? [plan.y.tile, plan.x.tile] : [plan.z.tile, plan.y.tile, plan.x.tile];
  const shape = [items.length, channels, ...spatial];
  const output = await run.session.predict(input, shape);
  const probabilities = readProbabilities(output, items.length, pixels, run.output);
  items.forEach(({ tile, mirror }, i) => {
    blender.add(tile, mirror, probabilities, i * pixels);
  });
}

/** Ranges of tile rows along z that are predicted together: one in 3D, as many planes as fill a batch in 2D. */
function rowGroups(run: TileRun, mirrors: number): Array<[number, number]> {
  const { plan, batch } = run;
  if (!(Number.isInteger(batch) && batch >= 1)) {
    throw new SegmenterError('internal', `batch: expected an integer >= 1, got ${batch}`);
  }
  const rows = plan.z.starts.length;
  const perRow = plan.y.starts.length * plan.x.starts.length * mirrors;
  const together = plan.dimensions === 2 ? Math.max(1, Math.floor(batch / perRow)) : 1;
  const groups: Array<[number, number]> = [];
  for (let first = 0; first < rows; first += together) groups.push([first, Math.min(first + together, rows)]);
  return groups;
}

/** The work of a group of rows, in pieces that need the same pixels. */
function* loads(
  plan: TilePlan,
  first: number,
  end: number,
  mirrors: Mirror[],
  bands: boolean,
): Generator<{ y: [number, number]; items: WorkItem[] }> {
  const rows = plan.y.starts.map((_, y) => y);
  for (const ys of bands ? rows.map((y) => [y]) : [rows]) {
    const items: WorkItem[] = [];
    for (let z = first; z < end; z++) {
      for (const y of ys) {
        for (let x = 0; x < plan.x.starts.length; x++) {
          for (const mirror of mirrors) items.push({ tile: { z, y, x }, mirror });
        }
      }
    }
    const from = plan.y.starts[ys[0]];
    const to = Math.min(plan.y.starts[ys[ys.length - 1]] + plan.y.tile, plan.y.size);
    yield { y: [from, to], items };
  }
}
