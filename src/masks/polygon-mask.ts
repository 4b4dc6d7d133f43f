import { InvalidInputError } from '../base/errors';

/** One vertex as [y, x] in pixels; integers are pixel centres. */
export type Vertex = [y: number, x: number];
/** A closed outline; the last vertex joins the first, whether it repeats it or not. */
export type Ring = Vertex[];

const OUTSIDE = 0;
const INSIDE = 1;
/** On an edge or a vertex. */
const BOUNDARY = 2;

/** Coordinates closer than this count as equal, as in scikit-image. */
const EPSILON = 1e-12;

/**
 * Gives the pixels of a polygon with holes a value and leaves the others as they are. Without holes they are those of
 * `skimage.draw.polygon2mask` 0.26: filled even-odd, edges and vertices included, what lies outside the image left out.
 * Every hole is cut from the outline without its own edge, which belongs to the polygon.
 * @param rings the outline, then the holes
 * @param height of the image; a mask of a part of it is filled as the whole image's mask would be
 * @param width of the mask
 * @param mask [y, x], rows of `width` pixels
 * @param firstRow the image row that the mask begins with
 * @param firstColumn the image column that the mask begins with
 * @throws InvalidInputError where a coordinate is not a finite number
 */
export function fillPolygon(
  rings: readonly (readonly Vertex[])[],
  height: number,
  width: number,
  mask: Uint8Array,
  firstRow = 0,
  firstColumn = 0,
  value = 1,
): void {
  for (const ring of rings) checkFinite(ring);
  const [outline, ...holes] = rings;
  if (!outline || outline.length === 0) return;
  const box = boundingBox(outline, height, firstColumn, firstColumn + width);
  const from = Math.max(box.y0, firstRow);
  const to = Math.min(box.y1, firstRow + mask.length / width - 1);
  if (to < from || box.x1 < box.x0) return;
  const row = new Uint8Array(box.x1 + 1);
  const holeRow = new Uint8Array(box.x1 + 1);
  for (let y = from; y <= to; y++) {
    classifyRow(outline, y, box.x0, box.x1, row);
    for (const hole of holes) {
      classifyRow(hole, y, box.x0, box.x1, holeRow);
      for (let x = box.x0; x <= box.x1; x++) if (holeRow[x] === INSIDE) row[x] = OUTSIDE;
    }
    const start = (y - firstRow) * width - firstColumn;
    for (let x = box.x0; x <= box.x1; x++) if (row[x] !== OUTSIDE) mask[start + x] = value;
  }
}

/**
 * Where the pixels of one row lie with regard to a ring: OUTSIDE, INSIDE or BOUNDARY, by the parities of the edges
 * crossed to the right and to the left (O'Rourke, Computational Geometry in C, 2nd ed., chapter 7), which differ on
 * an edge. Each edge toggles the pixels left of its crossing for the one parity and right of it for the other, so the
 * row costs its width plus its edges.
 */
function classifyRow(ring: readonly Vertex[], y: number, x0: number, x1: number, row: Uint8Array): void {
  const RIGHT = 1;
  const LEFT = 2;
  row.fill(0, x0, x1 + 1);
  let toggledFromStart = 0;
  let previous = ring[ring.length - 1];
  for (const vertex of ring) {
    const ya = vertex[0] - y;
    const yb = previous[0] - y;
    const xa = vertex[1];
    const xb = previous[1];
    previous = vertex;
    const crossesRight = ya > 0 !== yb > 0;
    const crossesLeft = ya < 0 !== yb < 0;
    if (!crossesRight && !crossesLeft) continue;
    // `row` holds toggles here: a bit at x flips the parity of every pixel from x on.
    if (crossesRight) {
      toggledFromStart ^= RIGHT;
      const next = lastLeftOf(xa, ya, xb, yb, x0, x1) + 1;
      if (next <= x1) row[next] ^= RIGHT;
    }
    if (crossesLeft) {
      const first = firstRightOf(xa, ya, xb, yb, x0, x1);
      if (first <= x1) row[first] ^= LEFT;
    }
  }
  let parity = toggledFromStart;
  for (let x = x0; x <= x1; x++) {
    parity ^= row[x];
    row[x] = parity === 0 ? OUTSIDE : parity === (RIGHT | LEFT) ? INSIDE : BOUNDARY;
  }
  for (const [vy, vx] of ring) {
    if (Math.abs(vy - y) >= EPSILON) continue;
    const x = Math.round(vx);
    if (x >= x0 && x <= x1 && Math.abs(vx - x) < EPSILON) row[x] = BOUNDARY;
  }
}

/** The last column in x0..x1 whose centre lies left of the edge's crossing with the row; x0 - 1 where none does. */
function lastLeftOf(xa: number, ya: number, xb: number, yb: number, x0: number, x1: number): number {
  const surelyRight = crossingFrom(0, xa, ya, xb, yb) + uncertainty(xa, ya, xb, yb, x1);
  let x = Math.ceil(clamp(surelyRight, x0 - 1, x1));
  while (x >= x0 && !(crossingFrom(x, xa, ya, xb, yb) > 0)) x--;
  return x;
}

/** The first column in x0..x1 whose centre lies right of the edge's crossing with the row; x1 + 1 where none does. */
function firstRightOf(xa: number, ya: number, xb: number, yb: number, x0: number, x1: number): number {
  const surelyLeft = crossingFrom(0, xa, ya, xb, yb) - uncertainty(xa, ya, xb, yb, x1);
  let x = Math.floor(clamp(surelyLeft, x0, x1 + 1));
  while (x <= x1 && !(crossingFrom(x, xa, ya, xb, yb) < 0)) x++;
  return x;
}

/** How far right of column x the edge crosses the row (y relative to the row); rounded exactly as in scikit-image. */
function crossingFrom(x: number, xa: number, ya: number, xb: number, yb: number): number {
  return ((xa - x) * yb - (xb - x) * ya) / (yb - ya);
}

/** A bound on the rounding error of {@link crossingFrom} over the columns 0..x1, plus one column. */
function uncertainty(xa: number, ya: number, xb: number, yb: number, x1: number): number {
  const size = (Math.max(Math.abs(xa), Math.abs(xb)) + x1) * (Math.abs(ya) + Math.abs(yb));
  return 1 + (8 * Number.EPSILON * size) / Math.abs(yb - ya);
}

/** Rows and columns that can hold the ring, inclusive; empty (y1 < y0 or x1 < x0) where it lies outside. */
function boundingBox(ring: readonly Vertex[], height: number, firstColumn: number, endColumn: number) {
  let [minY, minX, maxY, maxX] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [y, x] of ring) {
    minY = Math.min(minY, y);
    maxY = Math.max(maxY, y);
    minX = Math.min(minX, x);
    maxX = Math.max(maxX, x);
  }
  return {
    y0: Math.floor(Math.max(0, minY)),
    y1: Math.min(height - 1, Math.ceil(maxY)),
    x0: Math.floor(Math.max(firstColumn, minX)),
    x1: Math.min(endColumn - 1, Math.ceil(maxX)),
  };
}

function checkFinite(ring: readonly Vertex[]): void {
  const at = ring.findIndex(([y, x]) => !Number.isFinite(y) || !Number.isFinite(x));
  if (at >= 0) throw new InvalidInputError(`polygon vertex ${at}`, 'finite [y, x]', ring[at].map(String));
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
