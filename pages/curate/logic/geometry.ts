import type { Decision, Point, Shape } from '../../../src/curation/decision';
import { isInPlane } from '../../../src/masks/rasterise';

export type ShapeKind = 'merge' | 'exclude';

export interface ShapeAddress {
  kind: ShapeKind;
  index: number;
}

export interface VertexAddress extends ShapeAddress {
  ring: number;
  vertex: number;
}

/** The vertex nearest to a point, within a distance, of one shape. */
export function nearestVertex(shape: Shape, point: Point, within: number): { ring: number; vertex: number } | null {
  let best: { ring: number; vertex: number } | null = null;
  let nearest = within;
  for (const [ring, points] of shape.rings.entries()) {
    for (const [vertex, at] of points.entries()) {
      const distance = Math.hypot(at[0] - point[0], at[1] - point[1]);
      if (distance > nearest) continue;
      nearest = distance;
      best = { ring, vertex };
    }
  }
  return best;
}

/** The edge nearest to a point, within a distance; `vertex` is where a new vertex would be inserted. */
export function nearestEdge(shape: Shape, point: Point, within: number): { ring: number; vertex: number } | null {
  let best: { ring: number; vertex: number } | null = null;
  let nearest = within;
  for (const [ring, points] of shape.rings.entries()) {
    for (let i = 0; i < points.length; i++) {
      const distance = distanceToSegment(point, points[i], points[(i + 1) % points.length]);
      if (distance > nearest) continue;
      nearest = distance;
      best = { ring, vertex: i + 1 };
    }
  }
  return best;
}

/** The topmost shape of a plane that holds the point; excluding shapes lie over merging ones. */
export function shapeAt(decision: Decision, point: Point, plane: number): ShapeAddress | null {
  for (const kind of ['exclude', 'merge'] as const) {
    for (let index = decision[kind].length - 1; index >= 0; index--) {
      const shape = decision[kind][index];
      if (isInPlane(shape.z, plane) && contains(shape, point)) return { kind, index };
    }
  }
  return null;
}

/**
 * The topmost shape of a kind that a ring can be cut out of: it holds the whole ring, and none of its holes lies within.
 * @param plane null: any
 */
export function shapeAround(
  decision: Decision,
  kind: ShapeKind,
  ring: readonly Point[],
  plane: number | null,
): ShapeAddress | null {
  const index = decision[kind].findLastIndex(
    (shape) => (plane === null || isInPlane(shape.z, plane)) && holds(shape, ring),
  );
  return index < 0 ? null : { kind, index };
}

function holds(shape: Shape, ring: readonly Point[]): boolean {
  if (!ring.every((point) => contains(shape, point))) return false;
  if (shape.rings.slice(1).some(([first]) => contains({ rings: [[...ring]], z: null }, first))) return false;
  return !shape.rings.some((other) => edgesOf(other).some((a) => edgesOf(ring).some((b) => cross(a, b))));
}

function edgesOf(ring: readonly Point[]): Array<[Point, Point]> {
  return ring.map((point, i) => [point, ring[(i + 1) % ring.length]]);
}

function cross([a, b]: [Point, Point], [c, d]: [Point, Point]): boolean {
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

/** On which side of a line a point lies, by the sign. */
function side([ax, ay]: Point, [bx, by]: Point, [x, y]: Point): number {
  return (bx - ax) * (y - ay) - (by - ay) * (x - ax);
}

/** Even-odd over all rings. */
export function contains({ rings }: Shape, [x, y]: Point): boolean {
  let inside = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [[xa, ya], [xb, yb]] = [ring[i], ring[j]];
      if (ya > y !== yb > y && x < ((xb - xa) * (y - ya)) / (yb - ya) + xa) inside = !inside;
    }
  }
  return inside;
}

export function distanceToSegment([x, y]: Point, [xa, ya]: Point, [xb, yb]: Point): number {
  const [dx, dy] = [xb - xa, yb - ya];
  const length2 = dx * dx + dy * dy;
  const along = length2 === 0 ? 0 : Math.min(1, Math.max(0, ((x - xa) * dx + (y - ya) * dy) / length2));
  return Math.hypot(x - xa - along * dx, y - ya - along * dy);
}

/** A line with fewer points that strays no further than the tolerance (Douglas and Peucker, 1973). */
export function simplify(points: readonly Point[], tolerance: number): Point[] {
  if (points.length < 3) return [...points];
  const keep = new Uint8Array(points.length);
  keep[0] = keep[points.length - 1] = 1;
  const open: Array<[number, number]> = [[0, points.length - 1]];
  for (let range = open.pop(); range; range = open.pop()) {
    const [first, last] = range;
    let furthest = tolerance;
    let at = -1;
    for (let i = first + 1; i < last; i++) {
      const distance = distanceToSegment(points[i], points[first], points[last]);
      if (distance <= furthest) continue;
      furthest = distance;
      at = i;
    }
    if (at < 0) continue;
    keep[at] = 1;
    open.push([first, at], [at, last]);
  }
  return points.filter((_, i) => keep[i] === 1);
}

/** The area a ring encloses, pixels squared. */
export function areaOf(ring: readonly Point[]): number {
  let twice = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++)
    twice += ring[j][0] * ring[i][1] - ring[i][0] * ring[j][1];
  return Math.abs(twice) / 2;
}
