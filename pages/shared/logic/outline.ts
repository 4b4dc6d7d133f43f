/**
 * The border of a mask between its pixels, as horizontal and vertical runs. The edges of the tile are no border: the
 * neighbouring tile goes on.
 * @param mask [rows, columns], non-zero is inside
 * @returns x0, y0, x1, y1 of each run, in pixel corners from the tile's upper left one
 */
export function borderRuns(mask: ArrayLike<number>, rows: number, columns: number): number[] {
  const runs: number[] = [];
  const isSet = (y: number, x: number) => mask[y * columns + x] !== 0;
  for (let y = 1; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      if (isSet(y - 1, x) === isSet(y, x)) continue;
      const start = x;
      while (x + 1 < columns && isSet(y - 1, x + 1) !== isSet(y, x + 1)) x++;
      runs.push(start, y, x + 1, y);
    }
  }
  for (let x = 1; x < columns; x++) {
    for (let y = 0; y < rows; y++) {
      if (isSet(y, x - 1) === isSet(y, x)) continue;
      const start = y;
      while (y + 1 < rows && isSet(y + 1, x - 1) !== isSet(y + 1, x)) y++;
      runs.push(x, start, x, y + 1);
    }
  }
  return runs;
}
