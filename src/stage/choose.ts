import type { Point } from './orientation';

/** Finds places that lie within a distance of others. */
export class Near<T extends Point> {
  private readonly cells = new Map<number, T[]>();

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
          const apart = (place.x - x) ** 2 + (place.y - y) ** 2;
          if (apart >= least || (apart >= this.distance ** 2 && apart > 0)) continue;
          found = place;
          least = apart;
        }
      }
    }
    return found;
  }

  private cell(value: number): number {
    return Math.floor(value / (this.distance || 1));
  }

  /** Cells that share a key do no harm: what is in them is looked at. */
  private key(column: number, row: number): number {
    return column * 2 ** 24 + row;
  }
}

/** What was chosen, and how many were not because they lie near others. */
export interface Chosen<T> {
  chosen: T[];
  near: number;
}

/**
 * Takes the first places in line that are no nearer to each other than a distance.
 * @param placeOf where one in line is
 * @param most how many at most
 * @param isTaken whether a place lies near one that was chosen earlier
 */
export function chooseApart<C, T extends Point>(
  line: Iterable<C>,
  placeOf: (each: C) => T,
  { most, distance, isTaken }: { most: number; distance: number; isTaken: (place: Point) => boolean },
): Chosen<T> {
  const near = new Near<Point>(distance);
  const chosen: T[] = [];
  let left = 0;
  for (const each of line) {
    if (chosen.length === most) break;
    const place = placeOf(each);
    if (near.nearest(place) || isTaken(place)) {
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
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < left.length; i++) {
      const apart = (left[i].x - at.x) ** 2 + (left[i].y - at.y) ** 2;
      if (apart >= least) continue;
      best = i;
      least = apart;
    }
    const [next] = left.splice(best, 1);
    order.push(next);
    at = next;
  }
  return order;
}
