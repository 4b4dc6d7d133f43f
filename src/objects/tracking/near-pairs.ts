import type { Frame, SeenObject } from './frame';

/** Objects after which others have their turn: some 20 ms. */
const PAUSE = 2 ** 14;
/** Cells side by side have different numbers; distant ones may share one, and are told apart by their distance. */
const CELLS = 2 ** 17;

/** An object of one time point and one of another, by their indices. */
export interface NearPair {
  row: number;
  column: number;
  /** of their centres, in their unit */
  distance: number;
}

/** Which objects are looked at, by index; all of them where it is not said. */
export interface Looked {
  row?: (index: number) => boolean;
  column?: (index: number) => boolean;
}

/**
 * Finds the pairs that lie less than the reach apart, in cells as wide as it, by row.
 * @param reach in the unit of the centres
 */
export function* nearPairs(
  from: Frame,
  to: Frame,
  reach: number,
  { row: isLooked = () => true, column: isOffered = () => true }: Looked = {},
): Generator<void, NearPair[], void> {
  const cells = new Map<number, number[]>();
  for (const [column, { centre }] of to.entries()) {
    if (column % PAUSE === PAUSE - 1) yield;
    if (!isOffered(column)) continue;
    const number = cellNumber(...cellOf(centre, reach));
    const cell = cells.get(number);
    if (cell) cell.push(column);
    else cells.set(number, [column]);
  }
  const pairs: NearPair[] = [];
  for (const [row, { centre }] of from.entries()) {
    if (row % PAUSE === PAUSE - 1) yield;
    if (!isLooked(row)) continue;
    const [z, y, x] = cellOf(centre, reach);
    for (let i = 0; i < 27; i++) {
      const [dz, dy, dx] = [Math.floor(i / 9) - 1, (Math.floor(i / 3) % 3) - 1, (i % 3) - 1];
      for (const column of cells.get(cellNumber(z + dz, y + dy, x + dx)) ?? []) {
        const other = to[column].centre;
        const distance = Math.hypot(centre[0] - other[0], centre[1] - other[1], centre[2] - other[2]);
        if (distance < reach) pairs.push({ row, column, distance });
      }
    }
  }
  return pairs;
}

function cellOf([z, y, x]: SeenObject['centre'], reach: number): [z: number, y: number, x: number] {
  return [Math.floor(z / reach), Math.floor(y / reach), Math.floor(x / reach)];
}

function cellNumber(z: number, y: number, x: number): number {
  return (z * CELLS + y) * CELLS + x;
}
