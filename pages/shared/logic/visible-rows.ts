/** The rows of a long list that a scrolled window shows, some more on either side. */
export function visibleRows(
  count: number,
  rowHeight: number,
  top: number,
  height: number,
  spare = 6,
): [number, number] {
  const first = Math.max(0, Math.floor(top / rowHeight) - spare);
  return [Math.min(first, count), Math.min(count, Math.ceil((top + height) / rowHeight) + spare)];
}
