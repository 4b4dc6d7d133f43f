import type { QueueLink } from './link';
import { type JobState, type Verdict, verdictOn } from './pending-job';

/** Between two looks at all jobs that somebody waits for, where nobody tells of them. */
const SWEEP_MS = 2000;

/** A job that somebody waits for. */
interface Watched {
  queue: string;
  id: string;
  onVerdict: (verdict: Verdict) => void;
}

/** Looks after the jobs that a host handed in: at once where a worker tells of one, and every other second, for news may be lost. */
export class JobWatch {
  private readonly jobs = new Map<string, Watched>();
  private timer: NodeJS.Timeout | null = null;
  private isClosed = false;

  constructor(private readonly link: QueueLink) {
    link.listen(({ what, queue, id }) => {
      if (what === 'progress' || what === 'ended') void this.look(`${queue} ${id}`);
    });
  }

  get size(): number {
    return this.jobs.size;
  }

  add(watched: Watched): () => void {
    const key = `${watched.queue} ${watched.id}`;
    this.jobs.set(key, watched);
    this.plan();
    return () => {
      if (this.jobs.get(key) === watched) this.jobs.delete(key);
    };
  }

  close(): void {
    this.isClosed = true;
    if (this.timer) clearTimeout(this.timer);
  }

  private plan(): void {
    if (this.isClosed || this.timer) return;
    this.timer = setTimeout(async () => {
      // While the queue is away one question is enough.
      for (const key of [...this.jobs.keys()]) if (!(await this.look(key))) break;
      this.timer = null;
      if (this.jobs.size > 0) this.plan();
    }, SWEEP_MS);
  }

  /** @returns whether the queue answered */
  private async look(key: string): Promise<boolean> {
    const watched = this.jobs.get(key);
    if (!watched) return true;
    try {
      const found = await this.link.ask('looking at a job', (connection) => stateOf(connection, watched));
      if (this.jobs.get(key) === watched) watched.onVerdict(verdictOn(found));
      return true;
    } catch {
      return false;
    }
  }
}

async function stateOf(
  connection: Parameters<Parameters<QueueLink['ask']>[1]>[0],
  { queue, id }: Watched,
): Promise<JobState | null> {
  const job = await connection.queue(queue).getJob(id);
  if (!job) return null;
  const state = await job.getState();
  // What it was when it was read may be older than its state.
  const isOver = state === 'completed' || state === 'failed';
  const now = isOver && !job.finishedOn ? await connection.queue(queue).getJob(id) : job;
  if (!now) return null;
  const told = now.progress;
  return {
    state,
    answer: (now.returnvalue as JobState['answer']) ?? null,
    failed: now.failedReason ?? null,
    told: typeof told === 'object' && told !== null && 'worker' in told ? (told as JobState['told']) : null,
  };
}
