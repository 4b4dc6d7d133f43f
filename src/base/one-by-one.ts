/** Work that is done one after the other where it is for the same, and side by side where it is not. */
export class OneByOne {
  private readonly last = new Map<string, Promise<unknown>>();

  /**
   * Does some work once all that was asked for under this key before has ended, however it did.
   * @throws what the work throws
   */
  do<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.last.get(key) ?? Promise.resolve()).then(work);
    const ended = turn.catch(() => undefined);
    this.last.set(key, ended);
    void ended.then(() => this.last.get(key) === ended && this.last.delete(key));
    return turn;
  }
}
