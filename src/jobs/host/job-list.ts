import type { EngineChoice } from '../../engines/choosing/choice';
import type { JobAsker, JobName, JobProgress, JobRunOptions, WorkPlace } from '../job-types';

/** A job that runs or waits, at one moment. */
export interface ListedJob {
  /** of this job alone in the life of the process */
  id: number;
  job: JobName;
  asker: JobAsker;
  /** how many of its queue begin before it; null: it has begun */
  ahead: number | null;
  /** what held its turn when it came; null: nothing */
  waitsFor: string | null;
  /** when it came and when it began, milliseconds since 1970 */
  since: number;
  begun: number | null;
  /** the last that was heard of it */
  progress: JobProgress<JobName> | null;
  /** where it computes; null: it computes on no device, or which one is not decided */
  choice: EngineChoice | null;
}

type Listeners<K extends JobName> = Pick<JobRunOptions<K>, 'onProgress' | 'onChoice' | 'offerSave'>;

/** One job's line in the list. */
export interface JobLine<K extends JobName> {
  /** what the job is to report to, so that the list knows it too */
  listeners: Listeners<K>;
  begun(): void;
  over(): void;
}

interface Entry extends Omit<ListedJob, 'ahead'> {
  queue: string;
}

/** Knows which jobs run and wait, and for whom: it is told by the way, and costs nothing until somebody looks. */
export class JobList {
  /** in the order in which they came, which is that of each queue */
  private readonly entries = new Set<Entry>();
  private last = 0;

  /**
   * Adds a job, until it is over; one that nobody asks for by name is not listed.
   * @param queue jobs of the same queue begin in the order in which they came
   */
  add<K extends JobName>(
    job: K,
    queue: string,
    asker: JobAsker | undefined,
    listeners: Listeners<K>,
    now: () => number = Date.now,
  ): JobLine<K> {
    if (!asker) return { listeners, begun: () => undefined, over: () => undefined };
    const entry: Entry = {
      ...{ id: ++this.last, job, queue, asker, since: now() },
      ...{ begun: null, progress: null, choice: null, waitsFor: null },
    };
    this.entries.add(entry);
    const onProgress = (progress: JobProgress<K>) => {
      entry.progress = progress;
      listeners.onProgress?.(progress);
    };
    const onChoice = (place: WorkPlace) => {
      entry.choice = place && 'engine' in place ? place : null;
      entry.waitsFor = place && 'waitsFor' in place ? place.waitsFor : null;
      listeners.onChoice?.(place);
    };
    return {
      listeners: { ...listeners, onProgress, onChoice },
      begun: () => {
        entry.begun = now();
      },
      over: () => {
        this.entries.delete(entry);
      },
    };
  }

  /** Lists what runs and waits now, the oldest first. */
  list(): ListedJob[] {
    const waiting = new Map<string, number>();
    return [...this.entries].map(({ queue, ...entry }) => {
      if (entry.begun !== null) return { ...entry, ahead: null };
      const ahead = waiting.get(queue) ?? 0;
      waiting.set(queue, ahead + 1);
      return { ...entry, ahead };
    });
  }
}
