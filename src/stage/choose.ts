import type { Point } from './orientation';

/** Finds places that lie within a distance of others. */
export class Near<T extends Point> {
  private readonly cells = new Map<string, T[]>();

  /** @param distance in the unit of the places; 0: only the very same place is near */
  constructor(
    private readonly distance: number,
    places: Iterable<T> = [],
  ) {
    for (const place of places) this.add(place);
  }

  add(place: T): void {
    const key = this.key(this.cell(place.x), this.cell(place.y));
    const cell = this.cells.get(key);
    if (cell) cell.push(place);
    else this.cells.set(key, [place]);
  }

  /** Gives the nearest place that is closer than the distance, or in the very same spot; undefined where there is none. */
  nearest({ x, y }: Point): T | undefined {
    const [column, row] = [this.cell(x), this.cell(y)];
    let found: T | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (let dx = -1; dx <= 1; dx++) {
      for (let dy = -1; dy <= 1; dy++) {
        for (const place of this.cells.get(this.key(column + dx, row + dy)) ?? []) {
          const apart = Math.hypot(place.x - x, place.y - y);
          if ((apart < this.distance || apart === 0) && apart < least) [found, least] = [place, apart];
        }
      }
    }
    return found;
  }

  private cell(value: number): number {
    return Math.floor(value / (this.distance || 1));
  }

  private key(column: number, row: number): string {
    return `${column},${row}`;
  }
}

/** What was chosen, and how many were not because they lie near others. */
export interface Chosen<T> {
  chosen: T[];
  near: number;
}

/**
 * Takes the first places in line that are no nearer to each other, and to those before, than a distance.
 * @param most how many at most
 * @param before places that were chosen earlier
 */
export function chooseApart<T extends Point>(
  line: readonly T[],
  { most, distance, before = [] }: { most: number; distance: number; before?: Iterable<Point> },
): Chosen<T> {
  const near = new Near<Point>(distance, before);
  const chosen: T[] = [];
  let left = 0;
  for (const place of line) {
    if (chosen.length === most) break;
    if (near.nearest(place)) {
      left++;
      continue;
    }
    near.add(place);
    chosen.push(place);
  }
  return { chosen, near: left };
}

/**
 * Puts places in an order of short ways: from where the stage is always to the nearest that is left.
 * @param from where the stage is
 */
export function nearestNeighbourOrder<T extends Point>(places: readonly T[], from: Point): T[] {
  const left = [...places];
  const order: T[] = [];
  let at = from;
  while (left.length > 0) {
    let [best, least] = [0, Number.POSITIVE_INFINITY];
    for (const [i, { x, y }] of left.entries()) {
      const apart = Math.hypot(x - at.x, y - at.y);
      if (apart < least) [best, least] = [i, apart];
    }
    const [next] = left.splice(best, 1);
    order.push(next);
    at = next;
  }
  return order;
}
