import type { Row } from '../../../src/results/page-api';

/** What the strip is sorted by: the worst Dice first, the least sure first, or names. */
export const ORDERS = ['dice', 'uncertainty', 'name'] as const;
export type Order = (typeof ORDERS)[number];

const NAMES = new Intl.Collator(undefined, { numeric: true });

/** Sorts rows; those without the number come last, by name. */
export function sorted(rows: readonly Row[], order: Order): Row[] {
  const rank = ({ metrics }: Row): number => {
    if (order === 'name') return 0;
    const value = order === 'dice' ? metrics.dice : metrics.uncertainty;
    return value === undefined ? Number.POSITIVE_INFINITY : order === 'dice' ? value : -value;
  };
  return [...rows].sort((a, b) => {
    const [one, other] = [rank(a), rank(b)];
    return one === other ? NAMES.compare(a.sample, b.sample) : one - other;
  });
}

/** What a run is first sorted by: what its samples have. */
export function firstOrder(rows: readonly Row[]): Order {
  if (rows.some(({ metrics }) => metrics.dice !== undefined)) return 'dice';
  return rows.some(({ metrics }) => metrics.uncertainty !== undefined) ? 'uncertainty' : 'name';
}

/** The rows that a search leaves. */
export function found(rows: readonly Row[], text: string): Row[] {
  const wanted = text.trim().toLowerCase();
  return wanted === '' ? [...rows] : rows.filter(({ sample }) => sample.toLowerCase().includes(wanted));
}

/** The row some steps from the one with this id, or the first where it is not among them; null at the ends. */
export function neighbour(rows: readonly Row[], id: string | null, step: 1 | -1): Row | null {
  const here = rows.findIndex((row) => row.id === id);
  return (here < 0 ? rows[0] : rows[here + step]) ?? null;
}
