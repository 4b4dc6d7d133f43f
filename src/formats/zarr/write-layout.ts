import { InvalidInputError } from '../../base/errors';
import { halved, SMALLEST_LEVEL } from '../halve-rows';
import type { WriteInfo } from '../source';

/** Side of a chunk where nothing else is asked: half a megabyte of uint16, as most tools write. */
const CHUNK_SIDE = 512;
const LARGEST_SIDE = 8192;

/** The planes of one resolution and the chunks they are cut into. */
export interface WriteLevel {
  width: number;
  height: number;
  chunkWidth: number;
  chunkHeight: number;
}

/**
 * The resolutions, each half as large as the one before, and their chunks of one plane: rows come in C order, so deeper
 * chunks would keep whole planes in memory.
 */
export function planLevels({ shape, tile = CHUNK_SIDE, pyramid }: WriteInfo): WriteLevel[] {
  if (!Number.isSafeInteger(tile) || tile < 16 || tile > LARGEST_SIDE || tile % 16 !== 0) {
    throw new InvalidInputError('tile', `a multiple of 16 up to ${LARGEST_SIDE}`, tile);
  }
  const levels: WriteLevel[] = [];
  for (let [height, width] = [shape[3], shape[4]]; ; [height, width] = [halved(height), halved(width)]) {
    levels.push({ width, height, chunkWidth: Math.min(tile, width), chunkHeight: Math.min(tile, height) });
    if (!pyramid || Math.max(height, width) <= SMALLEST_LEVEL) return levels;
  }
}
