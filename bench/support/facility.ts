import { Random } from '../../src/base/random';
import type { Level } from '../../src/jobs/queue/job-data';
import { priorityOf, Turns } from '../../src/jobs/queue/turns';

/** Seconds that a prediction takes on a worker of speed 1, so that three quarters of the machines are needed; and how different the ten are: a card, some PCs, some old ones. */
const JOB_SECONDS = 15;
const SPEEDS = [10, 4, 4, 1.5, 1.5, 1.5, 1, 1, 0.7, 0.7];
const HOURS = 8;

interface Job {
  flow: string;
  at: number;
  priority: number;
  level: Level;
  tag: number;
}

/**
 * Simulates a day of a facility: five microscopes that each bring an image every 4 s on average, one of which (urgent) somebody
 * waits at, a batch of 3,000 at night's level from the first minute on and one of 1,000 of the day after an hour; ten workers,
 * each takes the next job when it is free. Reports seconds of waiting by flow.
 */
export function simulateFacility(): void {
  const turns = new Turns();
  const random = new Random(3);
  const end = HOURS * 3600;
  const arrivals: Array<{ at: number; flow: string; level: Level }> = [];
  for (let scope = 1; scope <= 5; scope++) {
    for (let at = 0; at < end; at += -4 * Math.log(1 - random.uniform()) * (SPEEDS.length / 10)) {
      arrivals.push({ at, flow: `microscope ${scope}`, level: scope === 1 ? 'high' : 'normal' });
    }
  }
  for (let i = 0; i < 3000; i++) arrivals.push({ at: 60, flow: 'night', level: 'low' });
  for (let i = 0; i < 1000; i++) arrivals.push({ at: 3600, flow: 'batch', level: 'normal' });
  arrivals.sort((a, b) => a.at - b.at);
  const queue: Job[] = [];
  const free = SPEEDS.map(() => 0);
  const waits = new Map<string, number[]>();
  const begin = (now: number) => {
    for (;;) {
      // The quickest of those that are free.
      const worker = free.findIndex((until) => until <= now);
      if (worker < 0 || queue.length === 0) return;
      let best = 0;
      for (let i = 1; i < queue.length; i++) if (queue[i].priority < queue[best].priority) best = i;
      const [job] = queue.splice(best, 1);
      turns.began(job.level, job.tag);
      free[worker] = now + JOB_SECONDS / SPEEDS[worker];
      waits.set(job.flow, [...(waits.get(job.flow) ?? []).slice(-20_000), now - job.at]);
    }
  };
  let next = 0;
  for (let now = 0; next < arrivals.length || queue.length > 0; now += 0.05) {
    for (; next < arrivals.length && arrivals[next].at <= now; next++) {
      const { at, flow, level } = arrivals[next];
      const tag = turns.next(flow, level);
      queue.push({ flow, at, level, tag, priority: priorityOf(level, tag) });
    }
    begin(now);
  }
  for (const [flow, times] of [...waits].sort()) {
    const sorted = times.sort((a, b) => a - b);
    const at = (share: number) => Number(sorted[Math.floor(share * (sorted.length - 1))].toFixed(1));
    console.log(
      JSON.stringify({
        bench: 'machines',
        part: 'facility',
        flow,
        jobs: sorted.length,
        medianS: at(0.5),
        p95S: at(0.95),
        longestS: at(1),
      }),
    );
  }
}
