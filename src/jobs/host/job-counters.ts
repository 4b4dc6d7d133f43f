import type { ErrorCode } from '../../base/error-codes';
import type { EngineChoice } from '../../engines/choosing/choice';
import type { JobName, JobProgress, JobRunOptions, WorkPlace } from '../job-types';

/** Upper bounds of the classes that run times are counted in, seconds; what took longer is in `seconds.count` alone. */
export const SECONDS_BOUNDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200] as const;

/** What became of the jobs of one name since the host began. */
export interface JobCount {
  job: JobName;
  done: number;
  /** by the code of what went wrong; `cancelled` and `busy` among them */
  failed: Partial<Record<ErrorCode, number>>;
  /** of those that had their turn, from there to their end; `upTo[i]`: how many took at most `SECONDS_BOUNDS[i]` */
  seconds: { count: number; sum: number; upTo: number[] };
}

/** A job that has its turn, at one moment. */
export interface RunningJob {
  job: JobName;
  lane: string;
  /** milliseconds that have passed since it gave the last sign: its beginning, or progress */
  silentFor: number;
}

type Listeners<K extends JobName> = Pick<JobRunOptions<K>, 'onProgress' | 'onChoice' | 'offerSave'>;
type Place = Pick<EngineChoice, 'engine' | 'device' | 'precision'>;

/** A job that runs; times in milliseconds. */
interface Turn extends Pick<RunningJob, 'job' | 'lane'> {
  since: number;
  heard: number;
}

/** A job on its way through the host. */
interface CountedJob<K extends JobName> {
  /** what the job is to report to, so that it is heard of here too */
  listeners: Listeners<K>;
  begun(): void;
  /** @param code of what went wrong; null: nothing */
  ended(code: ErrorCode | null): void;
}

/**
 * Counts jobs as they end and knows when each that runs was last heard of: some numbers for each job name and code, however
 * many jobs there are.
 */
export class JobCounters {
  private readonly counts = new Map<JobName, JobCount>();
  private readonly running = new Set<Turn>();
  private readonly places = new Map<JobName, Place>();

  /** @param now milliseconds that only grow; replaced in tests */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Adds a job, to be told of until it has ended. @param lane the queue that it waits in */
  add<K extends JobName>(job: K, lane: string, listeners: Listeners<K>): CountedJob<K> {
    let turn: Turn | null = null;
    const onProgress = (progress: JobProgress<K>) => {
      if (turn) turn.heard = this.now();
      listeners.onProgress?.(progress);
    };
    const onChoice = (place: WorkPlace) => {
      if (place && 'engine' in place) this.places.set(job, place);
      listeners.onChoice?.(place);
    };
    return {
      listeners: { ...listeners, onProgress, onChoice },
      begun: () => {
        const since = this.now();
        turn = { job, lane, since, heard: since };
        this.running.add(turn);
      },
      ended: (code) => {
        const count = this.countOf(job);
        if (code === null) count.done++;
        else count.failed[code] = (count.failed[code] ?? 0) + 1;
        if (!turn) return;
        this.running.delete(turn);
        addTo(count.seconds, (this.now() - turn.since) / 1000);
      },
    };
  }

  /** What became of jobs, by name. */
  list(): JobCount[] {
    return [...this.counts.values()].map(({ seconds, ...count }) => ({
      ...count,
      failed: { ...count.failed },
      seconds: { ...seconds, upTo: [...seconds.upTo] },
    }));
  }

  /** What runs now. */
  listRunning(): RunningJob[] {
    const now = this.now();
    return [...this.running].map(({ job, lane, heard }) => ({ job, lane, silentFor: now - heard }));
  }

  /** Where a job of this name last computed; null: none did. */
  lastPlace(job: JobName): Place | null {
    const place = this.places.get(job);
    return place ? { engine: place.engine, device: place.device, precision: place.precision } : null;
  }

  private countOf(job: JobName): JobCount {
    const known = this.counts.get(job);
    if (known) return known;
    const count = { job, done: 0, failed: {}, seconds: { count: 0, sum: 0, upTo: SECONDS_BOUNDS.map(() => 0) } };
    this.counts.set(job, count);
    return count;
  }
}

function addTo(seconds: JobCount['seconds'], took: number): void {
  seconds.count++;
  seconds.sum += took;
  for (const [i, bound] of SECONDS_BOUNDS.entries()) if (took <= bound) seconds.upTo[i]++;
}
