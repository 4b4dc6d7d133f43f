import { NearestFirst } from './nearest-first';

/** A pair that may be chosen, and what that costs. */
export interface Candidate {
  /** from 0 on */
  row: number;
  /** from 0 on */
  column: number;
  /** below the cost of leaving its row alone, else it is never chosen */
  cost: number;
}

/** Candidates that are looked at before others have their turn: some 20 ms. */
const PAUSE = 2 ** 17;
const NONE = -1;

/**
 * Chooses pairs, no row and no column twice, such that the costs of the pairs and of the rows that are left alone are least together:
 * the linear assignment of Jaqaman et al. (Nature Methods 2008), by shortest augmenting paths (Jonker and Volgenant, 1987) over
 * the candidates alone. Memory grows with the candidates and the highest number, work with how far around a row others have to change
 * their column for it.
 * Where several choices cost the same it is one of them that depends on the candidates and not on their order.
 * @param candidates no pair twice
 * @param alone what a row costs that has no column
 */
export function* assign(candidates: readonly Candidate[], alone: number): Generator<void, Candidate[], void> {
  const assignment = new Assignment(
    candidates.filter(({ cost }) => cost < alone),
    alone,
  );
  yield* assignment.solve();
  return assignment.chosen();
}

class Assignment {
  private readonly rows: number;
  /** by row, and after the last: where its candidates begin in `byRow` */
  private readonly start: Int32Array;
  private readonly byRow: Candidate[];
  private readonly rowPrices: Float64Array;
  private readonly columnPrices: Float64Array;
  /** of each column */
  private readonly rowOf: Int32Array;

  /** how far each column is in a search from a row; infinity: not seen yet */
  private readonly distance: Float64Array;
  /** the column whose row leads to each; -1: the row that the search began at */
  private readonly from: Int32Array;
  private readonly isDone: Uint8Array;
  /** columns that the search has seen, and those whose distance is known for good, as they came */
  private readonly seen: number[] = [];
  private readonly done: number[] = [];
  private readonly queue = new NearestFirst();
  private looks = 0;

  constructor(
    candidates: readonly Candidate[],
    private readonly alone: number,
  ) {
    this.rows = 1 + candidates.reduce((most, { row }) => Math.max(most, row), NONE);
    const columns = 1 + candidates.reduce((most, { column }) => Math.max(most, column), NONE);
    this.start = new Int32Array(this.rows + 1);
    for (const { row } of candidates) this.start[row + 1]++;
    for (let row = 0; row < this.rows; row++) this.start[row + 1] += this.start[row];
    const next = this.start.slice();
    this.byRow = new Array<Candidate>(candidates.length);
    for (const candidate of candidates) this.byRow[next[candidate.row]++] = candidate;
    this.rowPrices = new Float64Array(this.rows);
    this.columnPrices = new Float64Array(columns);
    this.rowOf = new Int32Array(columns).fill(NONE);
    this.distance = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
    this.from = new Int32Array(columns).fill(NONE);
    this.isDone = new Uint8Array(columns);
  }

  *solve(): Generator<void, void, void> {
    for (let row = 0; row < this.rows; row++) {
      if (this.start[row] < this.start[row + 1]) yield* this.place(row);
    }
  }

  /** Gives what was chosen, by row. */
  chosen(): Candidate[] {
    return this.byRow.filter(({ row, column }) => this.rowOf[column] === row);
  }

  /** Gives a row a column, or leaves it or another row alone, by the cheapest chain of changes. */
  private *place(first: number): Generator<void, void, void> {
    let [row, via, reached] = [first, NONE, 0];
    // A row that is left alone frees the column by which it was reached.
    let [leaving, freed] = [Number.POSITIVE_INFINITY, NONE];
    for (;;) {
      const left = reached + this.alone - this.rowPrices[row];
      if (left < leaving) [leaving, freed] = [left, via];
      this.look(row, via, reached);
      if (this.looks >= PAUSE) {
        this.looks = 0;
        yield;
      }
      const column = this.nextDone(leaving);
      if (column === NONE) {
        this.change(first, freed, leaving);
        return;
      }
      if (this.rowOf[column] === NONE) {
        this.change(first, column, this.distance[column]);
        return;
      }
      [row, via, reached] = [this.rowOf[column], column, this.distance[column]];
    }
  }

  private look(row: number, via: number, reached: number): void {
    const { start, byRow, distance } = this;
    for (let i = start[row]; i < start[row + 1]; i++) {
      const { column, cost } = byRow[i];
      if (this.isDone[column]) continue;
      const way = reached + cost - this.rowPrices[row] - this.columnPrices[column];
      if (way >= distance[column]) continue;
      if (distance[column] === Number.POSITIVE_INFINITY) this.seen.push(column);
      distance[column] = way;
      this.from[column] = via;
      this.queue.push(way, column);
    }
    this.looks += 1 + start[row + 1] - start[row];
  }

  /** Takes the nearest column that is no further than a limit; -1 where there is none. */
  private nextDone(limit: number): number {
    while (this.queue.nearest() <= limit) {
      const column = this.queue.pop();
      // A column that a shorter way was found to is in the queue more than once.
      if (this.isDone[column]) continue;
      this.isDone[column] = 1;
      this.done.push(column);
      return column;
    }
    return NONE;
  }

  /** Passes columns on along the way to the last one, changes the prices by how far the search came, and forgets it. */
  private change(first: number, last: number, reached: number): void {
    for (const column of this.done) {
      if (this.rowOf[column] === NONE) continue;
      this.columnPrices[column] += this.distance[column] - reached;
      this.rowPrices[this.rowOf[column]] += reached - this.distance[column];
    }
    this.rowPrices[first] += reached;
    for (let column = last; column !== NONE; column = this.from[column]) {
      const before = this.from[column];
      this.rowOf[column] = before === NONE ? first : this.rowOf[before];
    }
    for (const column of this.seen) {
      this.distance[column] = Number.POSITIVE_INFINITY;
      this.isDone[column] = 0;
    }
    this.seen.length = 0;
    this.done.length = 0;
    this.queue.clear();
  }
}
