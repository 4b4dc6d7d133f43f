import os from 'node:os';
import { bytesPerPixel, type DType } from '../image/dtype';
import type { Shape5 } from '../image/region';
import { type TilePlan, tilePixels } from './tiles';

/** How a prediction uses the memory it may plan with. None of it changes a result. */
interface MemoryPlan {
  /** tiles a call of the network */
  batch: number;
  /** keep a time point's stored pixels in memory */
  hold: boolean;
  /** read rows of tiles instead of whole planes */
  bands: boolean;
  /** tiles along x whose pixels are read together, where rows of tiles are */
  columns: number;
  /** where unfinished sums are kept: whole planes in memory or in a file, or in 2D the rows of one plane in memory */
  sums: 'planes' | 'file' | 'rows';
}

/** More pixels a call than this bring no speed on a CPU. */
const BATCH_PIXELS = 2 ** 18;
const MOST_TILES = 16;
/** What the feature maps of a U-Net with 16 to 32 filters at full size need, measured: bytes a pixel. */
const NETWORK_BYTES = 1024;
/** A held time point shall not make a small job a large one. */
const MOST_HELD = 256 * 2 ** 20;
/** However much memory there is, sums of so many bytes wait in a file, ... */
const MOST_SUMS = 2 ** 30;
/** ... a plane whose sums take more is gone through by rows of tiles, ... */
const MOST_PLANE = 2 ** 26;
/** ... and of these no more pixels are read together than take so many bytes as float32. */
const MOST_READ = 2 ** 27;

/**
 * Plans how a prediction uses memory.
 * @param memoryMB what the prediction may plan with; 0: half of the machine's memory
 * @param outputs channels of the map
 */
export function planMemory(plan: TilePlan, shape: Shape5, dtype: DType, memoryMB: number, outputs = 1): MemoryPlan {
  const bytes = memoryMB > 0 ? memoryMB * 2 ** 20 : os.totalmem() / 2;
  const [, channels, sizeZ, sizeY, sizeX] = shape;
  const batchPixels = Math.min(BATCH_PIXELS, bytes / 4 / NETWORK_BYTES);
  const batch = Math.min(MOST_TILES, Math.max(1, Math.floor(batchPixels / tilePixels(plan))));
  const stored = channels * sizeZ * sizeY * sizeX * bytesPerPixel(dtype);
  const hold = stored <= Math.min(bytes / 8, MOST_HELD);
  const held = Math.min(plan.z.tile, sizeZ) * sizeY * sizeX * 4;
  const flat = plan.dimensions === 2;
  const byRows = flat && held * Math.max(channels, outputs) > Math.min(bytes / 8, MOST_PLANE);
  const spill = !flat && held * outputs > Math.min(bytes / 4, MOST_SUMS);
  // Sums in a file are moved by rows of tiles, so the tiles must come in that order.
  const bands = byRows || spill || (!flat && Math.max(channels, outputs) * held > Math.min(bytes / 8, MOST_SUMS / 2));
  const sums = byRows ? 'rows' : spill ? 'file' : 'planes';
  const columns = bands ? columnsTogether(plan, channels, Math.min(bytes / 8, MOST_READ)) : plan.x.starts.length;
  return { batch, hold, bands, columns, sums };
}

/** How many tiles of a row have no more pixels together than fit. */
function columnsTogether({ z, y, x }: TilePlan, channels: number, bytes: number): number {
  const width = bytes / (4 * channels * Math.min(z.tile, z.size) * y.tile);
  const step = x.starts.length > 1 ? x.starts[x.starts.length - 1] / (x.starts.length - 1) : x.tile;
  return Math.min(x.starts.length, Math.max(1, 1 + Math.floor((width - x.tile) / step)));
}
