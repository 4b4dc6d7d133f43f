import { type Static, Type } from '#typebox';
import { Near } from './choose';
import type { Point } from './orientation';

/** Runs that are remembered; the least recently used go. */
export const MOST_RUNS = 20;
/** Places of a run that are remembered; the oldest go. */
const MOST_PLACES = 10_000;

const VisitedPlaceSchema = Type.Object({
  /** micrometres on the stage */
  x: Type.Number(),
  y: Type.Number(),
  /** how often it was asked for */
  times: Type.Integer({ minimum: 1 }),
});
type VisitedPlace = Static<typeof VisitedPlaceSchema>;

/** Which places were asked for in each run, the least recently used first. */
export const VisitedSchema = Type.Object({
  runs: Type.Array(Type.Object({ run: Type.String(), places: Type.Array(VisitedPlaceSchema) })),
});
export type VisitedRuns = Static<typeof VisitedSchema>;

/** Remembers which places of the stage were asked for, run by run. */
export class Visited {
  private readonly runs: Map<string, VisitedPlace[]>;
  /** of the run that was asked for last */
  private near: { run: string; of: Near<VisitedPlace> } | null = null;

  /** @param distance micrometres within which places are the same */
  constructor(
    private readonly distance: number,
    before: VisitedRuns = { runs: [] },
  ) {
    this.runs = new Map(before.runs.map(({ run, places }) => [run, places]));
  }

  /** Says how often a place near this one was asked for. */
  times(run: string, place: Point): number {
    return this.of(run).nearest(place)?.times ?? 0;
  }

  /** Notes that a place is asked for once more. */
  add(run: string, { x, y }: Point): void {
    const near = this.of(run);
    const known = near.nearest({ x, y });
    const places = this.runs.get(run) ?? [];
    this.runs.delete(run);
    this.runs.set(run, places);
    if (known) {
      known.times++;
      return;
    }
    const place = { x, y, times: 1 };
    places.push(place);
    near.add(place);
    if (places.length > MOST_PLACES) {
      places.splice(0, MOST_PLACES / 10);
      this.near = null;
    }
    for (const [oldest] of this.runs) {
      if (this.runs.size <= MOST_RUNS) break;
      this.runs.delete(oldest);
    }
  }

  forget(run: string): void {
    this.runs.delete(run);
    this.near = null;
  }

  kept(): VisitedRuns {
    return { runs: Array.from(this.runs, ([run, places]) => ({ run, places })) };
  }

  private of(run: string): Near<VisitedPlace> {
    if (this.near?.run !== run) this.near = { run, of: new Near(this.distance, this.runs.get(run)) };
    return this.near.of;
  }
}
