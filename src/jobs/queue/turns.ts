import { LEVELS, type Level } from './job-data';

/** BullMQ takes 1 to 2,097,151, the lowest first, and what has none before all. */
const MOST = 2_097_151;
const PER_LEVEL = Math.floor(MOST / LEVELS.length);

/**
 * Gives jobs their priority, so that flows have their turns: start-time fair queueing (Goyal, Vin, Cheng 1996) with jobs of
 * equal weight. A flow's next job is tagged one behind its last, but not before what is served now: who comes late is not
 * put behind a thousand jobs of another, nor before the one that waits longest.
 */
export class Turns {
  private readonly last = new Map<string, number>();
  private readonly served: Record<Level, number> = { high: 0, normal: 0, low: 0 };

  /** Notes the tag of a job that began, here or elsewhere. */
  began(level: Level, tag: number): void {
    this.served[level] = Math.max(this.served[level], tag);
  }

  /** Begins anew, where nothing waits or runs any more. */
  reset(): void {
    this.last.clear();
    for (const level of LEVELS) this.served[level] = 0;
  }

  /** Tags the next job of a flow. @returns the tag, from 1 */
  next(flow: string, level: Level): number {
    const key = `${level} ${flow}`;
    const tag = Math.min(PER_LEVEL, Math.max(this.last.get(key) ?? 0, this.served[level] - 1, 0) + 1);
    this.last.set(key, tag);
    return tag;
  }
}

/** Gives the priority of a tag in its level; low goes first. */
export function priorityOf(level: Level, tag: number): number {
  return LEVELS.indexOf(level) * PER_LEVEL + tag;
}
