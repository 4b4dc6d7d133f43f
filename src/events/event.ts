/**
 * What happens to samples, in the words that outputs, log and pages share. started, progress, done: of a job; error: a message
 * failed; verdict, drift: of a gate; dropped: messages that nobody will work on.
 */
export const EVENTS = ['started', 'progress', 'done', 'error', 'verdict', 'drift', 'dropped'] as const;
export type EventName = (typeof EVENTS)[number];

/** A node as an event names it. */
export interface EventNode {
  id: string;
  type: string;
  name: string;
}

/** One line of the log of events, beside its time. */
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
  /** of a verdict: pass, review, alarm */
  state?: string;
  /** of an error: its code */
  code?: string;
  /** of what was dropped: how many */
  count?: number;
  /** why, in words */
  reason?: string;
}

/** Characters of a reason. */
export const LONGEST_REASON = 1000;
