/**
 * Groups items by what `keyOf` gives of them, keys and items in the order they came. (`Map.groupBy` is younger than
 * Node.js 20.)
 */
export function groupBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** Lists the names of the rows of a table, whose type alone leaves them open to more. */
export function keysOf<T extends object>(table: T): Array<keyof T & string> {
  return Object.keys(table) as Array<keyof T & string>;
}

/** Keeps values up to a total weight; what was unused for longest goes first. */
export class LruCache<K, V> {
  /** oldest use first */
  private readonly entries = new Map<K, { value: V; weight: number }>();
  private total = 0;

  /**
   * @param limit weight of all values together: a number of bytes, or of values where each weighs 1
   * @param dropped told of each value that goes to make room
   */
  constructor(
    private readonly limit: number,
    private readonly dropped: (value: V, key: K) => void = () => undefined,
  ) {}

  /** Gives the weight of what is kept. */
  get weight(): number {
    return this.total;
  }

  has(key: K): boolean {
    return this.entries.has(key);
  }

  /** Gives the value of a key, which counts as a use. */
  get(key: K): V | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  /** Keeps a value, in place of others where there is no room; one that is heavier than the limit is not kept. */
  set(key: K, value: V, weight = 1): void {
    this.delete(key);
    if (weight > this.limit) return;
    for (const [oldest, entry] of this.entries) {
      if (this.total + weight <= this.limit) break;
      this.delete(oldest);
      this.dropped(entry.value, oldest);
    }
    this.entries.set(key, { value, weight });
    this.total += weight;
  }

  delete(key: K): void {
    this.total -= this.entries.get(key)?.weight ?? 0;
    this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
    this.total = 0;
  }
}
