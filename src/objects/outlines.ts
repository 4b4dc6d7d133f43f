/** A closed line, [x, y] of its corners in pixels: the upper left pixel covers 0 to 1. The last corner is the first again. */
export type OutlineRing = Array<[x: number, y: number]>;

/** A polygon of GeoJSON: the outline first, then its holes. */
export type OutlinePolygon = OutlineRing[];

/** A stretch of an object in a row: from `start` to before `end`. */
export interface Stretch {
  y: number;
  start: number;
  end: number;
}

/** Right, down, left, up: with y downwards an outline with its inside on the right hand goes round clockwise. */
const STEPS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

/**
 * Draws the outline of an object of a plane along the edges of its pixels. Pixels that touch at a corner only are polygons of
 * their own, so that no line crosses itself.
 * @param stretches of the object, at least one
 */
export function outlineOf(stretches: readonly Stretch[]): OutlinePolygon[] {
  const box = new PixelBox(stretches);
  const rings: OutlineRing[] = [];
  const holes: OutlineRing[] = [];
  for (const start of box.edges()) {
    if (box.isTaken(start)) continue;
    for (const ring of simpleRings(box.follow(start))) (signedArea(ring) > 0 ? rings : holes).push(ring);
  }
  const polygons = rings.map((ring): OutlinePolygon => [ring]);
  for (const hole of holes) {
    const around = polygons.filter(([outline]) => polygons.length === 1 || contains(outline, hole));
    // Of nested outlines the innermost.
    around.sort(([a], [b]) => signedArea(a) - signedArea(b))[0]?.push(hole);
  }
  return polygons;
}

/** The pixels of an object in its box, with the edges that were followed. */
class PixelBox {
  private readonly x0: number;
  private readonly y0: number;
  private readonly width: number;
  private readonly height: number;
  private readonly pixels: Uint8Array;
  /** by corner, then direction */
  private readonly taken: Uint8Array;

  constructor(stretches: readonly Stretch[]) {
    let [x1, y1] = [0, 0];
    let [x0, y0] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (const { y, start, end } of stretches) {
      [x0, y0] = [Math.min(x0, start), Math.min(y0, y)];
      [x1, y1] = [Math.max(x1, end), Math.max(y1, y + 1)];
    }
    [this.x0, this.y0, this.width, this.height] = [x0, y0, x1 - x0, y1 - y0];
    this.pixels = new Uint8Array(this.width * this.height);
    this.taken = new Uint8Array((this.width + 1) * (this.height + 1) * STEPS.length);
    for (const { y, start, end } of stretches) {
      const row = (y - y0) * this.width - x0;
      this.pixels.fill(1, row + start, row + end);
    }
  }

  /** The upper edges of pixels with background above them, and the lower ones of those with background below: each ring has one. */
  *edges(): Generator<{ x: number; y: number; direction: number }> {
    for (let y = 0; y <= this.height; y++) {
      for (let x = 0; x <= this.width; x++) {
        if (this.isEdge(x, y, 0)) yield { x, y, direction: 0 };
      }
    }
  }

  isTaken({ x, y, direction }: { x: number; y: number; direction: number }): boolean {
    return this.taken[(y * (this.width + 1) + x) * STEPS.length + direction] === 1;
  }

  /** Follows a ring from an edge until it is back; the first corner is not repeated. */
  follow({ x, y, direction }: { x: number; y: number; direction: number }): OutlineRing {
    const ring: OutlineRing = [];
    let before = -1;
    while (!this.isTaken({ x, y, direction })) {
      this.taken[(y * (this.width + 1) + x) * STEPS.length + direction] = 1;
      if (direction !== before) ring.push([x + this.x0, y + this.y0]);
      before = direction;
      x += STEPS[direction][0];
      y += STEPS[direction][1];
      // To the right first: then a pixel that touches at a corner only is not entered.
      direction = [1, 0, 3].map((turn) => (direction + turn) % 4).find((next) => this.isEdge(x, y, next)) ?? direction;
    }
    return ring;
  }

  /** Whether an edge goes from a corner in a direction: inside on its right, outside on its left. */
  private isEdge(x: number, y: number, direction: number): boolean {
    const [right, left] = (
      [
        [
          [0, 0],
          [0, -1],
        ],
        [
          [-1, 0],
          [0, 0],
        ],
        [
          [-1, -1],
          [-1, 0],
        ],
        [
          [0, -1],
          [-1, -1],
        ],
      ] as const
    )[direction];
    return this.isInside(x + right[0], y + right[1]) && !this.isInside(x + left[0], y + left[1]);
  }

  private isInside(x: number, y: number): boolean {
    return x >= 0 && y >= 0 && x < this.width && y < this.height && this.pixels[y * this.width + x] === 1;
  }
}

/** Divides a ring at corners that it comes through twice, where pixels touch at a corner, and closes the parts. */
function simpleRings(corners: OutlineRing): OutlineRing[] {
  const rings: OutlineRing[] = [];
  const open: OutlineRing = [];
  const placeOf = new Map<string, number>();
  const close = (from: number) => {
    const ring = open.splice(from);
    for (const corner of ring) placeOf.delete(corner.join());
    rings.push([...ring, ring[0]]);
  };
  for (const corner of corners) {
    const before = placeOf.get(corner.join());
    if (before !== undefined) close(before);
    placeOf.set(corner.join(), open.push(corner) - 1);
  }
  close(0);
  return rings;
}

/** Above 0 for a ring that goes round clockwise as seen, with y downwards: an outline; below 0 for a hole. */
function signedArea(ring: OutlineRing): number {
  let sum = 0;
  for (let i = 1; i < ring.length; i++) sum += ring[i - 1][0] * ring[i][1] - ring[i][0] * ring[i - 1][1];
  return sum / 2;
}

/** Whether a hole lies inside an outline, judged by the middle of the pixel on the left of its first edge, which is in the hole. */
function contains(outline: OutlineRing, hole: OutlineRing): boolean {
  const [[x, y], [toX, toY]] = hole;
  const [dx, dy] = [Math.sign(toX - x), Math.sign(toY - y)];
  const [px, py] = [x + (dx + dy) / 2, y + (dy - dx) / 2];
  let inside = false;
  for (let i = 1; i < outline.length; i++) {
    const [[ax, ay], [bx, by]] = [outline[i - 1], outline[i]];
    if (ay > py !== by > py && px < ax + ((py - ay) * (bx - ax)) / (by - ay)) inside = !inside;
  }
  return inside;
}
