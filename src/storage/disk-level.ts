import { type DiskSpace, reserveOf } from './file-error';

/** How much room a disk has: `full` where results are refused, or soon will be. */
export type DiskLevel = 'enough' | 'low' | 'full';

/** Low is below so many times what is left to other programs: 5 GB, of a small disk 10 %. */
const LOW = 5;
/** A disk is called better than it was when it has a fifth more than the limit, so that none is told of again and again. */
const RECOVERED = 1.2;

/**
 * Says how much room a disk has: `full` below what is left to other programs (1 GB, of a small disk 2 %), `low` below five
 * times as much.
 * @param before what it was last called; it is called better only when it has a fifth more than the limit
 */
export function diskLevel(space: DiskSpace, before: DiskLevel = 'enough'): DiskLevel {
  const reserve = reserveOf(space);
  const isBelow = (limit: number, wasBelow: boolean) => space.free < limit * (wasBelow ? RECOVERED : 1);
  if (isBelow(reserve, before === 'full')) return 'full';
  return isBelow(LOW * reserve, before !== 'enough') ? 'low' : 'enough';
}
