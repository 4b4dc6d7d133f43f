import type { ComputingJobName } from '../../job-types';
import type { JobData } from '../job-data';
import type { QueueLink } from '../link';
import { compareTurns, type Turn } from '../turns';

/** A queue that a device takes jobs from. */
export interface ServedQueue {
  name: string;
  job: ComputingJobName;
  /** see `wantedBy` */
  wanted: string;
}

/** The first job of a queue. */
export interface Waiting extends Turn {
  queue: ServedQueue;
  /** turns that it takes */
  cost: number;
}

/** Looks for what comes first in several queues, which know of no order among themselves. @returns null where nothing waits */
export async function firstWaiting(link: QueueLink, queues: readonly ServedQueue[]): Promise<Waiting | null> {
  const found = await link.ask('looking for jobs', (connection) =>
    Promise.all(
      queues.map(async (queue): Promise<Waiting[]> => {
        // It is who looks for jobs of this queue whose worker is lost, also where nothing waits.
        connection.fetcher(queue.name);
        const [first] = await connection.queue(queue.name).getJobs(['wait', 'prioritized'], 0, 0, true);
        if (!first) return [];
        const { cost } = first.data as Partial<JobData>;
        return [{ queue, job: queue.job, priority: first.opts.priority ?? 0, cost: Number(cost) || 1 }];
      }),
    ),
  );
  return found.flat().sort(compareTurns)[0] ?? null;
}
