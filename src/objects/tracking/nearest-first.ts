/** Columns by how far away they are, the nearest first, of equally near ones the lowest number: a binary heap. */
export class NearestFirst {
  private readonly ways: number[] = [];
  private readonly columns: number[] = [];

  clear(): void {
    this.ways.length = 0;
    this.columns.length = 0;
  }

  /** Gives how far the nearest is; infinity where there is none. */
  nearest(): number {
    return this.ways.length > 0 ? this.ways[0] : Number.POSITIVE_INFINITY;
  }

  push(way: number, column: number): void {
    let at = this.ways.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.isAfter(above, way, column)) break;
      this.put(at, this.ways[above], this.columns[above]);
      at = above;
    }
    this.put(at, way, column);
  }

  /** Takes the nearest out; -1 where there is none. */
  pop(): number {
    const [way, column] = [this.ways.pop(), this.columns.pop()];
    if (way === undefined || column === undefined) return -1;
    if (this.ways.length === 0) return column;
    const first = this.columns[0];
    this.sink(way, column);
    return first;
  }

  /** Puts it where the first was, and below what comes before it. */
  private sink(way: number, column: number): void {
    const { ways, columns } = this;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below + 1 < ways.length && this.isAfter(below, ways[below + 1], columns[below + 1])) below++;
      if (below >= ways.length || this.isAfter(below, way, column)) break;
      this.put(at, ways[below], columns[below]);
      at = below;
    }
    this.put(at, way, column);
  }

  private isAfter(at: number, way: number, column: number): boolean {
    return this.ways[at] > way || (this.ways[at] === way && this.columns[at] > column);
  }

  private put(at: number, way: number, column: number): void {
    this.ways[at] = way;
    this.columns[at] = column;
  }
}
