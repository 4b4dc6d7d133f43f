import { SegmenterError, throwIfCancelled } from '../base/errors';
import type { WorkContext } from '../base/long-work';
import { type Accumulator, sumsInFile, sumsInMemory, sumsInRows } from './accumulator';
import { Blender } from './blender';
import { type Mirror, mirrorings, type PlaneSource } from './cut-tile';
import { TilePredictor, type TileSettings, type WorkItem } from './tile-predictor';
import { type TilePlan, tileCount } from './tiles';

/** What one prediction of an image (one time point) needs. */
export interface TileRun extends WorkContext, TileSettings {
  /** average the predictions of all mirrorings */
  mirror: boolean;
  /** load a row of tiles along x at a time instead of whole planes (false) */
  bands?: boolean;
  /** tiles of such a row that are loaded together (all) */
  columns?: number;
  /** where sums are kept: whole planes in memory (the default) or a file, or in 2D, with bands, a row of tiles of one plane */
  sums?: 'planes' | 'rows' | { folder: string };
}

/** Pixels from planes `z`, rows `y` and columns `x`, each a half-open range within the image. */
type LoadPlanes = (z: [number, number], y: [number, number], x: [number, number]) => PlaneSource | Promise<PlaneSource>;

/** Takes finished rows of a channel, C order over [z, y, x], any number at a time. */
type EmitRows = (rows: Float32Array<ArrayBuffer>, channel: number) => void | Promise<void>;

/** Pixels handed out at a time. */
const EMIT_PIXELS = 2 ** 22;

/**
 * Predicts all tiles, row by row along z, blends them and hands out rows as soon as no later tile touches them, those of each
 * channel in order.
 * Holds the sums of one row of tiles and one batch.
 * @throws CancelledError; SegmenterError `engine` for outputs that are no probabilities
 */
export async function predictTiles(run: TileRun, load: LoadPlanes, emit: EmitRows): Promise<void> {
  const { plan } = run;
  const mirrors = mirrorings(plan.dimensions, run.mirror);
  const groups = rowGroups(run, mirrors.length);
  const depth = Math.max(...groups.map(([first, end]) => plan.z.starts[end - 1] + plan.z.tile - plan.z.starts[first]));
  const stores = Array.from({ length: run.outputs ?? 1 }, () => openSums(run, Math.min(depth, plan.z.size)));
  const blenders = stores.map((store) => new Blender(plan, depth, mirrors.length, store));
  try {
    await predictGroups(run, groups, mirrors, blenders, load, emit);
  } finally {
    for (const store of stores) store.close();
  }
}

function openSums({ plan, sums = 'planes' }: TileRun, depth: number): Accumulator {
  const { y, x } = plan;
  if (sums === 'planes') return sumsInMemory(depth, y.size, x.size);
  if (sums === 'rows') return sumsInRows(Math.min(y.tile, y.size), y.size, x.size);
  return sumsInFile(sums.folder, depth, y.size, x.size);
}

async function predictGroups(
  run: TileRun,
  groups: Array<[number, number]>,
  mirrors: Mirror[],
  blenders: readonly Blender[],
  load: LoadPlanes,
  emit: EmitRows,
): Promise<void> {
  const { plan, signal, progress } = run;
  const predictor = new TilePredictor(run, blenders);
  const total = tileCount(plan) * mirrors.length;
  let done = 0;
  const told = (tiles: number) => {
    done += tiles;
    progress?.({ done, total, text: `tile ${done} of ${total}` });
  };
  const handOut = async (z: number, first: number, end: number) => {
    const rows = Math.max(1, Math.floor(EMIT_PIXELS / plan.x.size));
    for (const [channel, blender] of blenders.entries()) {
      for (let y = first; y < end; y += rows) await emit(blender.take(z, y, Math.min(y + rows, end)), channel);
    }
  };
  const columns = run.bands ? (run.columns ?? plan.x.starts.length) : plan.x.starts.length;

  for (const [first, end] of groups) {
    const fromZ = plan.z.starts[first];
    const toZ = Math.min(plan.z.starts[end - 1] + plan.z.tile, plan.z.size);
    for (const [firstY, endY] of ranges(plan.y.starts.length, run.bands ? 1 : plan.y.starts.length)) {
      for (const [firstX, endX] of ranges(plan.x.starts.length, columns)) {
        throwIfCancelled(signal, 'the prediction');
        const source = await load([fromZ, toZ], extent(plan.y, firstY, endY), extent(plan.x, firstX, endX));
        const items = tilesOf([first, end], [firstY, endY], [firstX, endX], mirrors);
        await predictor.predict(source, items, told);
      }
      if (run.sums === 'rows') await handOut(fromZ, plan.y.starts[firstY], nextStart(plan.y, endY));
    }
    if (run.sums === 'rows') continue;
    for (let z = fromZ; z < nextStart(plan.z, end); z++) await handOut(z, 0, plan.y.size);
  }
}

/** Ranges of tile rows along z that are predicted together: one in 3D, as many planes as fill a batch in 2D. */
function rowGroups(run: TileRun, mirrors: number): Array<[number, number]> {
  const { plan, batch } = run;
  if (!(Number.isInteger(batch) && batch >= 1)) {
    throw new SegmenterError('internal', `batch: expected an integer >= 1, got ${batch}`);
  }
  if (run.sums === 'rows' && !(plan.dimensions === 2 && run.bands)) {
    throw new SegmenterError('internal', 'sums of rows: expected tiles in 2D that come by rows');
  }
  const perRow = plan.y.starts.length * plan.x.starts.length * mirrors;
  const fit = plan.dimensions === 2 && run.sums !== 'rows' ? Math.max(1, Math.floor(batch / perRow)) : 1;
  return [...ranges(plan.z.starts.length, fit)];
}

/** 0 to `count` in half-open ranges of `size`, the last of what is left. */
function* ranges(count: number, size: number): Generator<[number, number]> {
  for (let first = 0; first < count; first += size) yield [first, Math.min(first + size, count)];
}

/** The pixels within the image that tiles `first` to before `end` have. */
function extent({ starts, tile, size }: TilePlan['y'], first: number, end: number): [number, number] {
  return [starts[first], Math.min(starts[end - 1] + tile, size)];
}

/** Where the tile `index` starts: up to there everything is finished that the tiles before it touch. */
function nextStart({ starts, size }: TilePlan['y'], index: number): number {
  return index < starts.length ? starts[index] : size;
}

function tilesOf(z: [number, number], y: [number, number], x: [number, number], mirrors: Mirror[]): WorkItem[] {
  const items: WorkItem[] = [];
  for (let k = z[0]; k < z[1]; k++) {
    for (let j = y[0]; j < y[1]; j++) {
      for (let i = x[0]; i < x[1]; i++) {
        for (const mirror of mirrors) items.push({ tile: { z: k, y: j, x: i }, mirror });
      }
    }
  }
  return items;
}
