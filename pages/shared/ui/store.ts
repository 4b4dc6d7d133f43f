/** The state and those who show it. */
export class Store<S extends object> {
  private readonly listeners = new Set<() => void>();

  constructor(private current: S) {}

  get state(): S {
    return this.current;
  }

  set(patch: Partial<S>): void {
    this.current = { ...this.current, ...patch };
    for (const listener of this.listeners) listener();
  }

  /** Calls `show` now, and whenever one of the values that `pick` gives has changed. */
  watch<V extends unknown[]>(pick: (state: S) => [...V], show: (...values: NoInfer<V>) => void): void {
    let last = pick(this.current);
    show(...last);
    this.listeners.add(() => {
      const values = pick(this.current);
      if (values.every((value, i) => Object.is(value, last[i]))) return;
      last = values;
      show(...values);
    });
  }
}
