import os from 'node:os';
import { bytesPerPixel, type DType } from '../image/dtype';
import type { Shape5 } from '../image/region';
import { type TilePlan, tilePixels } from './tiles';

/** How a prediction uses the memory it may plan with. None of it changes a result. */
export interface MemoryPlan {
  /** tiles a call of the network */
  batch: number;
  /** keep a time point's stored pixels in memory */
  hold: boolean;
  /** read rows of tiles instead of whole planes */
  bands: boolean;
  /** keep the sums of unfinished planes in a file */
  spill: boolean;
}

/** More pixels a call than this bring no speed on a CPU. */
const BATCH_PIXELS = 2 ** 18;
const MOST_TILES = 16;
/** What the feature maps of a U-Net with 16 to 32 filters at full size need, measured: bytes a pixel. */
const NETWORK_BYTES = 1024;
/** A held time point shall not make a small job a large one. */
const MOST_HELD = 256 * 2 ** 20;

/**
 * @param memoryMB what the prediction may plan with; 0: half of the machine's memory
 */
export function planMemory(plan: TilePlan, shape: Shape5, dtype: DType, memoryMB: number): MemoryPlan {
  const bytes = memoryMB > 0 ? memoryMB * 2 ** 20 : os.totalmem() / 2;
  const [, channels, sizeZ, sizeY, sizeX] = shape;
  const batchPixels = Math.min(BATCH_PIXELS, bytes / 4 / NETWORK_BYTES);
  const batch = Math.min(MOST_TILES, Math.max(1, Math.floor(batchPixels / tilePixels(plan))));
  const stored = channels * sizeZ * sizeY * sizeX * bytesPerPixel(dtype);
  const sums = Math.min(plan.z.tile, sizeZ) * sizeY * sizeX * 4;
  const spill = sums > bytes / 4;
  // Sums in a file are moved by rows of tiles, so the tiles must come in that order.
  const bands = spill || channels * sums > bytes / 8;
  return { batch, hold: stored <= Math.min(bytes / 8, MOST_HELD), bands, spill };
}
