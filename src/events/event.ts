/**
 * What happens to samples, in the words that outputs, log and pages share. started, progress, done: of a job; error: a message
 * failed; verdict, drift: of a gate; enough: a run has what it was to have; dropped: messages that nobody will work on.
 */
export const EVENTS = ['started', 'progress', 'done', 'error', 'verdict', 'drift', 'enough', 'dropped'] as const;
export type EventName = (typeof EVENTS)[number];

/** A node as an event names it. */
export interface EventNode {
  id: string;
  type: string;
  name: string;
}

/** What happened, beside its time: a line of the log of events, or the payload of a message. */
export interface HappenedEvent {
  event: EventName;
  node: EventNode;
  /** id of the sample; null: it concerns none, or not one alone */
  sample: string | null;
  job?: string;
  /** `name@version` */
  model?: string;
  seconds?: number;
  /** of progress: from 0 to 1 */
  share?: number;
  /** of a verdict: pass, review, alarm; of a drift: away, back */
  state?: string;
  /** of an error: its code */
  code?: string;
  /** of a drift: what left what was usual, and what is usual now; see `trust/drift` */
  series?: string;
  instrument?: string;
  usual?: number;
  now?: number;
  low?: number;
  high?: number;
  results?: number;
  /** of enough: of which run, what was to be reached, in how many images it was */
  run?: string;
  target?: number;
  images?: number;
  /** of enough: what was counted; of what was dropped: how many */
  count?: number;
  /** why, in words */
  reason?: string;
}

/** What happened, and when, ISO 8601. */
export type TimedEvent = { at: string } & HappenedEvent;

/** Characters of a reason. */
export const LONGEST_REASON = 1000;
