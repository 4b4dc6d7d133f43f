import { type Static, Type } from '#typebox';
import { MOST_RUNS } from './visited';

const RunSchema = Type.Object({
  run: Type.String(),
  /** id of each image, and what was counted in it */
  images: Type.Array(Type.Tuple([Type.String(), Type.Integer({ minimum: 0 })])),
  /** the target that was told to be reached; null: none yet */
  told: Type.Union([Type.Integer(), Type.Null()]),
});

/** What was counted in each run, the least recently used first. */
export const CountsSchema = Type.Object({ runs: Type.Array(RunSchema) });
export type CountedRuns = Static<typeof CountsSchema>;

/** How far a run is. */
export interface RunCount {
  run: string;
  count: number;
  target: number;
  images: number;
  enough: boolean;
}

/** One run, with its sum. */
interface Run {
  images: Map<string, number>;
  sum: number;
  told: number | null;
}

/** Counts over the images of a run. An image that comes again counts as it was the last time. */
export class Counts {
  private readonly runs: Map<string, Run>;

  constructor(before: CountedRuns = { runs: [] }) {
    this.runs = new Map(
      before.runs.map(({ run, images, told }) => [
        run,
        { images: new Map(images), sum: images.reduce((sum, [, count]) => sum + count, 0), told },
      ]),
    );
  }

  /**
   * Adds what was counted in an image.
   * @returns how far the run is, and whether this is the first time that this target is reached
   */
  add(run: string, image: string, count: number, target: number): RunCount & { isReached: boolean } {
    const known: Run = this.runs.get(run) ?? { images: new Map(), sum: 0, told: null };
    this.runs.delete(run);
    this.runs.set(run, known);
    known.sum += count - (known.images.get(image) ?? 0);
    known.images.set(image, count);
    const enough = known.sum >= target;
    const isReached = enough && (known.told === null || known.told < target);
    if (isReached) known.told = target;
    for (const [oldest] of this.runs) {
      if (this.runs.size <= MOST_RUNS) break;
      this.runs.delete(oldest);
    }
    return { run, count: known.sum, target, images: known.images.size, enough, isReached };
  }

  forget(run: string): void {
    this.runs.delete(run);
  }

  kept(): CountedRuns {
    return { runs: Array.from(this.runs, ([run, { images, told }]) => ({ run, images: [...images], told })) };
  }
}
