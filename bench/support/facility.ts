import { Random } from '../../src/base/random';
import type { Level } from '../../src/jobs/queue/job-data';
import { priorityOf, Turns } from '../../src/jobs/queue/turns';

/** Seconds that a prediction takes on a worker of speed 1, so that three quarters of the machines are needed; and how different the ten are: a card, some PCs, some old ones. */
const JOB_SECONDS = 15;
const SPEEDS = [10, 4, 4, 1.5, 1.5, 1.5, 1, 1, 0.7, 0.7];
const HOURS = 8;

/** Of a flow of stacks, each of which takes as long as so many images. */
const STACKS = 60;
const STACK_IMAGES = 60;

interface Arrival {
  flow: string;
  at: number;
  level: Level;
  /** turns, each of the time of an image */
  cost: number;
}

interface Job extends Arrival {
  priority: number;
  tag: number;
}

/**
 * Simulates a day of a facility: five microscopes that each bring an image every 4 s on average, one of which (urgent) somebody
 * waits at, a batch of 3,000 at night's level from the first minute on, one of 1,000 of the day after an hour and 60 stacks after
 * two; ten workers, each takes the next job when it is free. Reports seconds of waiting by flow, with turns of time and, to
 * compare, of jobs.
 */
export function simulateFacility(): void {
  const arrivals = arrivalsOfDay();
  for (const isOfTime of [true, false]) {
    for (const [flow, times] of [...waitsOf(arrivals, isOfTime)].sort()) {
      const sorted = times.sort((a, b) => a - b);
      const at = (share: number) => Number(sorted[Math.floor(share * (sorted.length - 1))].toFixed(1));
      const waits = { jobs: sorted.length, medianS: at(0.5), p95S: at(0.95), longestS: at(1) };
      const turns = isOfTime ? 'of time' : 'of jobs';
      console.log(JSON.stringify({ bench: 'machines', part: 'facility', turns, flow, ...waits }));
    }
  }
}

function arrivalsOfDay(): Arrival[] {
  const random = new Random(3);
  const arrivals: Arrival[] = [];
  for (let scope = 1; scope <= 5; scope++) {
    for (let at = 0; at < HOURS * 3600; at += -4 * Math.log(1 - random.uniform()) * (SPEEDS.length / 10)) {
      arrivals.push({ at, flow: `microscope ${scope}`, level: scope === 1 ? 'high' : 'normal', cost: 1 });
    }
  }
  for (let i = 0; i < 3000; i++) arrivals.push({ at: 60, flow: 'night', level: 'low', cost: 1 });
  for (let i = 0; i < 1000; i++) arrivals.push({ at: 3600, flow: 'batch', level: 'normal', cost: 1 });
  for (let i = 0; i < STACKS; i++) arrivals.push({ at: 7200, flow: 'stacks', level: 'normal', cost: STACK_IMAGES });
  return arrivals.sort((a, b) => a.at - b.at);
}

/** Seconds of waiting of each flow's jobs. */
function waitsOf(arrivals: readonly Arrival[], isOfTime: boolean): Map<string, number[]> {
  const turns = new Turns();
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
      turns.serve(job.level, job.tag, true);
      free[worker] = now + (job.cost * JOB_SECONDS) / SPEEDS[worker];
      waits.set(job.flow, [...(waits.get(job.flow) ?? []).slice(-20_000), now - job.at]);
    }
  };
  let next = 0;
  for (let now = 0; next < arrivals.length || queue.length > 0; now += 0.05) {
    for (; next < arrivals.length && arrivals[next].at <= now; next++) {
      const arrival = arrivals[next];
      const { flow, level, cost } = arrival;
      const tag = turns.tag(flow, level, isOfTime ? cost : 1);
      queue.push({ ...arrival, tag, priority: priorityOf(level, tag) });
    }
    begin(now);
  }
  return waits;
}
