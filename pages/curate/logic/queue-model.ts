import type { ReviewState } from '../../../src/curation/decision';
import type { QueueItem } from '../../../src/curation/page-api';
import type { TextKey } from './texts';

export type QueueFilter = 'all' | ReviewState | 'findings';

/** What the states are called. */
export const STATE_TEXTS: Record<ReviewState, TextKey> = {
  undecided: 'state.undecided',
  used: 'state.used',
  rejected: 'state.rejected',
};

export interface Progress {
  total: number;
  used: number;
  rejected: number;
  undecided: number;
}

export function progressOf(items: readonly QueueItem[]): Progress {
  const count = (state: ReviewState) => items.reduce((sum, item) => sum + (item.state === state ? 1 : 0), 0);
  return { total: items.length, used: count('used'), rejected: count('rejected'), undecided: count('undecided') };
}

/** The items a filter and a search text leave, in the order of the run. */
export function filtered(items: readonly QueueItem[], filter: QueueFilter, text: string): QueueItem[] {
  const wanted = text.trim().toLowerCase();
  return items.filter((item) => {
    if (wanted && !item.id.toLowerCase().includes(wanted)) return false;
    if (filter === 'all') return true;
    return filter === 'findings' ? item.errors + item.warnings > 0 : item.state === filter;
  });
}

/**
 * The item some steps from the current one. Where the current one has left the list (it was decided), its old
 * neighbours in the order of the run count.
 */
export function neighbour(
  all: readonly QueueItem[],
  shown: readonly QueueItem[],
  current: string | null,
  step: 1 | -1,
): QueueItem | null {
  const order = new Map(all.map((item, i) => [item.id, i]));
  const here = current === null ? -1 : (order.get(current) ?? -1);
  const isBeyond = ({ id }: QueueItem) => ((order.get(id) ?? 0) - here) * step > 0;
  const candidates = shown.filter(isBeyond);
  return (step > 0 ? candidates[0] : candidates.at(-1)) ?? null;
}

/** Where one goes on: the first undecided item, else the first. */
export function firstToDo(items: readonly QueueItem[]): QueueItem | null {
  return items.find(({ state }) => state === 'undecided') ?? items[0] ?? null;
}
