import type { ComputingJobName } from '../job-types';
import { LEVELS, type Level } from './job-data';

/** BullMQ takes 1 to 2,097,151, the lowest first, and what has none before all. */
const MOST = 2_097_151;
const PER_LEVEL = Math.floor(MOST / LEVELS.length);
/** Of a level, who looks at several queues takes first what is over soon. */
const ORDER: Readonly<Record<ComputingJobName, number>> = { predict: 0, train: 1 };

/** What says which of several jobs comes first. */
export interface Turn {
  job: ComputingJobName;
  /** as on the queue, see {@link priorityOf} */
  priority: number;
}

/**
 * Gives jobs their priority, so that flows have their turns: start-time fair queueing (Goyal, Vin, Cheng 1996) with flows of
 * equal weight. A flow's next job is tagged as many turns behind its last as that one costs, but not before what is served
 * now: who comes late is not put behind a thousand jobs of another, nor before the one that waits longest.
 */
export class Turns {
  /** where the next job of each flow begins, by level */
  private readonly next = new Map<Level, Map<string, number>>();
  private readonly served: Record<Level, number> = { high: 0, normal: 0, low: 0 };

  /**
   * Notes the tag of what is served now, here or elsewhere. It grows, until nothing waits anywhere: then it begins anew.
   * @param isWaiting whether jobs of this host are on the queue: their order stays
   */
  serve(level: Level, tag: number, isWaiting: boolean): void {
    const isAnew = tag < this.served[level] && !isWaiting;
    if (isAnew) this.next.delete(level);
    if (isAnew || tag > this.served[level]) this.served[level] = tag;
  }

  /** Tags the next job of a flow. @param cost turns that it takes @returns the tag, from 1 */
  tag(flow: string, level: Level, cost: number): number {
    const flows = this.next.get(level) ?? new Map<string, number>();
    const tag = Math.min(PER_LEVEL, Math.max(flows.get(flow) ?? 1, this.served[level], 1));
    this.next.set(level, flows.set(flow, tag + cost));
    return tag;
  }
}

/** Gives the priority of a tag in its level; low goes first. */
export function priorityOf(level: Level, tag: number): number {
  return LEVELS.indexOf(level) * PER_LEVEL + tag;
}

/** Orders what waits in several queues: by level, predictions before trainings, by tag. */
export function compareTurns(a: Turn, b: Turn): number {
  const level = ({ priority }: Turn) => Math.floor((priority - 1) / PER_LEVEL);
  return level(a) - level(b) || ORDER[a.job] - ORDER[b.job] || a.priority - b.priority;
}
