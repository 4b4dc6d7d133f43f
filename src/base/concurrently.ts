/** Works on items several at a time, taking them as it goes; after a failure no further one is begun. */
export async function forEachConcurrently<T>(
  items: Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let failed = false;
  const lane = async (): Promise<void> => {
    while (!failed) {
      const { done, value } = iterator.next();
      if (done) return;
      try {
        await work(value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  // All lanes end before the failure is told: nothing works on behind the caller's back.
  const outcomes = await Promise.allSettled(Array.from({ length: atOnce }, lane));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** As {@link forEachConcurrently}. @returns the results in the order of the items */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  await forEachConcurrently(items.entries(), atOnce, async ([index, item]) => {
    results[index] = await work(item);
  });
  return results;
}
