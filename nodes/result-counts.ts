import type { VerdictState } from '../src/trust/verdict';

/** `none`: nobody judged it. */
type Outcome = VerdictState | 'failed' | 'none';

/** What passed nodes of a type since Node-RED began. */
export interface ResultCount {
  /** type of the node */
  type: string;
  outcome: Outcome;
  count: number;
}

/** Module state on purpose: counts of this process, kept over deploys; as many as there are types and outcomes. */
const counts = new Map<string, ResultCount>();

/** Counts what passed a node, for the metrics. */
export function countResult(type: string, outcome: Outcome): void {
  const key = `${type} ${outcome}`;
  const known = counts.get(key);
  if (known) known.count++;
  else counts.set(key, { type, outcome, count: 1 });
}

/** Lists what passed nodes since Node-RED began. */
export function resultCounts(): ResultCount[] {
  return [...counts.values()].map((count) => ({ ...count }));
}
