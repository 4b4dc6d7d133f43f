/**
 * The borders between the pixels of a mask, or of numbered objects, as horizontal and vertical runs. The edges of the
 * tile are no border: the neighbouring tile goes on.
 * @param mask [rows, columns], what differs lies on two sides of a border
 * @returns x0, y0, x1, y1 of each run, in pixel corners from the tile's upper left one
 */
export function borderRuns(mask: ArrayLike<number>, rows: number, columns: number): number[] {
  const runs: number[] = [];
  const at = (y: number, x: number) => mask[y * columns + x];
  for (let y = 1; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      if (at(y - 1, x) === at(y, x)) continue;
      const start = x;
      while (x + 1 < columns && at(y - 1, x + 1) !== at(y, x + 1)) x++;
      runs.push(start, y, x + 1, y);
    }
  }
  for (let x = 1; x < columns; x++) {
    for (let y = 0; y < rows; y++) {
      if (at(y, x - 1) === at(y, x)) continue;
      const start = y;
      while (y + 1 < rows && at(y + 1, x - 1) !== at(y + 1, x)) y++;
      runs.push(x, start, x, y + 1);
    }
  }
  return runs;
}
