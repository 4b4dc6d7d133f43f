import { createHash } from 'node:crypto';
import { type Static, Type } from '#typebox';
import { MOST_RUNS } from './visited';

/**
 * Images that are known when they come again, of all runs: two weeks of one every 12 s. What is known is written as a whole,
 * which holds Node-RED (`npm run -s bench -- noting`).
 */
export const MOST_IMAGES = 100_000;
/** Of what an image is known by: two of so many images take each other's place once in some thousand times. */
const KEY_BYTES = 6;

const RunSchema = Type.Object({
  run: Type.String(),
  /** of all its images, also of those that are not known any more */
  sum: Type.Integer({ minimum: 0 }),
  images: Type.Integer({ minimum: 0 }),
  /** images that are known, the earliest first: key and what was counted in it, pairs of doubles in base64 */
  known: Type.String(),
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

interface Run extends Pick<CountedRuns['runs'][number], 'sum' | 'images' | 'told'> {
  known: Map<number, number>;
}

/**
 * Counts over the images of a run. An image that comes again counts as it was the last time, where it is one of the last
 * {@link MOST_IMAGES}: of more the earliest go, those of the run that was used the longest ago before others, and what was
 * counted in them stays.
 */
export class Counts {
  private readonly runs: Map<string, Run>;
  private known = 0;

  /** @param most images that are known when they come again */
  constructor(
    before: CountedRuns = { runs: [] },
    private readonly most = MOST_IMAGES,
  ) {
    this.runs = new Map(before.runs.map(({ run, known, ...rest }) => [run, { ...rest, known: unpacked(known) }]));
    for (const run of this.runs.values()) this.known += run.known.size;
  }

  /**
   * Adds what was counted in an image.
   * @returns how far the run is, and whether this is the first time that this target is reached
   */
  add(run: string, image: string, count: number, target: number): RunCount & { isReached: boolean } {
    const counted: Run = this.runs.get(run) ?? { known: new Map(), sum: 0, images: 0, told: null };
    this.runs.delete(run);
    this.runs.set(run, counted);
    this.count(counted, keyOf(image), count);
    const enough = counted.sum >= target;
    const isReached = enough && (counted.told === null || counted.told < target);
    if (isReached) counted.told = target;
    for (const [oldest] of this.runs) {
      if (this.runs.size <= MOST_RUNS) break;
      this.forget(oldest);
    }
    for (const { known } of this.runs.values()) {
      for (const [earliest] of known) {
        if (this.known <= this.most) break;
        known.delete(earliest);
        this.known--;
      }
    }
    return { run, count: counted.sum, target, images: counted.images, enough, isReached };
  }

  forget(run: string): void {
    this.known -= this.runs.get(run)?.known.size ?? 0;
    this.runs.delete(run);
  }

  kept(): CountedRuns {
    return { runs: Array.from(this.runs, ([run, { known, ...rest }]) => ({ run, ...rest, known: packed(known) })) };
  }

  private count(run: Run, image: number, count: number): void {
    const before = run.known.get(image);
    if (before === undefined) {
      run.images++;
      this.known++;
    }
    run.sum += count - (before ?? 0);
    run.known.delete(image);
    run.known.set(image, count);
  }
}

/** Ids are long, and one run has very many of them. */
function keyOf(image: string): number {
  return createHash('sha256').update(image).digest().readUIntBE(0, KEY_BYTES);
}

function packed(known: ReadonlyMap<number, number>): string {
  const pairs = new Float64Array(2 * known.size);
  let at = 0;
  known.forEach((count, image) => {
    pairs[at++] = image;
    pairs[at++] = count;
  });
  return Buffer.from(pairs.buffer).toString('base64');
}

function unpacked(text: string): Map<number, number> {
  const pairs = new Float64Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);
  const known = new Map<number, number>();
  for (let i = 0; i + 1 < pairs.length; i += 2) known.set(pairs[i], pairs[i + 1]);
  return known;
}
