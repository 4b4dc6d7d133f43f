import { InvalidInputError, throwIfCancelled } from '../base/errors';
import { contains, type Region, type Shape5 } from '../image/region';
import type { SourceInfo } from './source';

/** What a read of a source may be asked beside its region. */
export interface ReadOptions {
  /** of the pyramid (0) */
  level?: number;
  signal?: AbortSignal;
}

/**
 * Checks what is asked of a source before anything is read.
 * @param path of the file, for messages
 * @returns the shape of the level
 * @throws InvalidInputError for a level or a block that the image does not have; CancelledError
 */
export function checkRead(
  { levels }: Pick<SourceInfo, 'levels'>,
  region: Region,
  { level = 0, signal }: ReadOptions,
  path: string,
): Shape5 {
  throwIfCancelled(signal, 'reading');
  const shape = levels[level];
  if (!shape) throw new InvalidInputError('level', `an integer below ${levels.length}`, level);
  if (contains(shape, region)) return shape;
  throw new InvalidInputError('region', `a block inside [${shape}] of ${path}`, region);
}
