/** A pair that may be chosen, and what that costs. */
export interface Candidate {
  row: number;
  column: number;
  /** below the cost of leaving both alone, else it is never chosen */
  cost: number;
}

/**
 * Chooses pairs, no row and no column twice, such that the costs of the pairs and of what is left alone are least together: the
 * linear assignment of Jaqaman et al. (Nature Methods 2008), by shortest augmenting paths (Jonker and Volgenant, 1987). What
 * no candidates join is solved apart, so that the work grows with neighbourhoods and not with the image.
 * @param alone what each pair saves that two objects are not left alone
 */
export function assign(candidates: readonly Candidate[], alone: number): Candidate[] {
  return componentsOf(candidates.filter(({ cost }) => cost < alone)).flatMap((group) => assignGroup(group, alone));
}

/** Candidates by what they join. */
function componentsOf(candidates: readonly Candidate[]): Candidate[][] {
  const byRow = new Map<number, Candidate[]>();
  const byColumn = new Map<number, Candidate[]>();
  for (const candidate of candidates) {
    byRow.set(candidate.row, [...(byRow.get(candidate.row) ?? []), candidate]);
    byColumn.set(candidate.column, [...(byColumn.get(candidate.column) ?? []), candidate]);
  }
  const seen = new Set<Candidate>();
  return candidates.flatMap((first) => {
    if (seen.has(first)) return [];
    const group: Candidate[] = [];
    const open = [first];
    seen.add(first);
    for (let next = open.pop(); next; next = open.pop()) {
      group.push(next);
      for (const other of [...(byRow.get(next.row) ?? []), ...(byColumn.get(next.column) ?? [])]) {
        if (seen.has(other)) continue;
        seen.add(other);
        open.push(other);
      }
    }
    return [group];
  });
}

function assignGroup(group: readonly Candidate[], alone: number): Candidate[] {
  if (group.length === 1) return [...group];
  const rows = [...new Set(group.map(({ row }) => row))].sort((a, b) => a - b);
  const columns = [...new Set(group.map(({ column }) => column))].sort((a, b) => a - b);
  // Each row has a column of its own that stands for being left alone: that costs what a pair may cost at most.
  const width = columns.length + rows.length;
  const costs = rows.map((_, i) =>
    Float64Array.from({ length: width }, (_unused, j) => (j === columns.length + i ? alone : Number.POSITIVE_INFINITY)),
  );
  const pairs = new Map<number, Candidate>();
  for (const candidate of group) {
    const [i, j] = [rows.indexOf(candidate.row), columns.indexOf(candidate.column)];
    costs[i][j] = candidate.cost;
    pairs.set(i * width + j, candidate);
  }
  return cheapest(costs, width).flatMap((j, i) => pairs.get(i * width + j) ?? []);
}

/** Gives the column of each row; there is one for every row. */
function cheapest(costs: readonly Float64Array[], width: number): number[] {
  const rowPrices = new Float64Array(costs.length);
  const columnPrices = new Float64Array(width);
  const rowOf = new Int32Array(width).fill(-1);
  for (let first = 0; first < costs.length; first++) {
    const distance = new Float64Array(width).fill(Number.POSITIVE_INFINITY);
    const from = new Int32Array(width).fill(-1);
    const done = new Uint8Array(width);
    let [row, column, reached] = [first, -1, 0];
    for (;;) {
      let next = -1;
      for (let j = 0; j < width; j++) {
        if (done[j]) continue;
        const way = reached + costs[row][j] - rowPrices[row] - columnPrices[j];
        if (way < distance[j]) {
          distance[j] = way;
          from[j] = column;
        }
        if (next < 0 || distance[j] < distance[next]) next = j;
      }
      done[next] = 1;
      [column, reached] = [next, distance[next]];
      if (rowOf[column] < 0) break;
      row = rowOf[column];
    }
    for (let j = 0; j < width; j++) {
      if (!done[j] || j === column) continue;
      columnPrices[j] += distance[j] - reached;
      rowPrices[rowOf[j]] += reached - distance[j];
    }
    rowPrices[first] += reached;
    for (let j = column; j >= 0; j = from[j]) rowOf[j] = from[j] >= 0 ? rowOf[from[j]] : first;
  }
  const columnOf = new Array<number>(costs.length).fill(-1);
  for (let j = 0; j < width; j++) if (rowOf[j] >= 0) columnOf[rowOf[j]] = j;
  return columnOf;
}
