import assert from 'node:assert/strict';
import { Random } from '../../../src/base/random';
import { assign, type Candidate } from '../../../src/objects/tracking/assignment';
import { withoutPauses } from '../../thresholding/in-memory';

describe('an assignment', () => {
  it('is as cheap as the cheapest of all', () => {
    const random = new Random(5);
    for (let round = 0; round < 200; round++) {
      const candidates: Candidate[] = [];
      for (let row = 0; row < 4; row++) {
        for (let column = 0; column < 4; column++) {
          if (random.chance(0.6)) candidates.push({ row, column, cost: 1.2 * random.uniform() });
        }
      }
      const savedBy = (chosen: readonly Candidate[]) => chosen.reduce((sum, { cost }) => sum + 1 - cost, 0);
      const best = (from: number, rows: ReadonlySet<number>, columns: ReadonlySet<number>): number => {
        if (from === candidates.length) return 0;
        const { row, column, cost } = candidates[from];
        const without = best(from + 1, rows, columns);
        if (rows.has(row) || columns.has(column)) return without;
        return Math.max(without, 1 - cost + best(from + 1, new Set([...rows, row]), new Set([...columns, column])));
      };
      const chosen = withoutPauses(assign(candidates, 1));
      assert.equal(new Set(chosen.map(({ row }) => row)).size, chosen.length);
      assert.equal(new Set(chosen.map(({ column }) => column)).size, chosen.length);
      assert.ok(Math.abs(savedBy(chosen) - best(0, new Set(), new Set())) < 1e-9);
    }
  });

  it('is the same whatever the order of its candidates, also where several cost the same', () => {
    const random = new Random(6);
    for (let round = 0; round < 100; round++) {
      const candidates: Candidate[] = [];
      for (let row = 0; row < 12; row++) {
        for (let column = 0; column < 12; column++) {
          if (random.chance(0.3)) candidates.push({ row, column, cost: random.integer(5) / 4 });
        }
      }
      const mixed = candidates.map((candidate) => ({ candidate, at: random.uniform() })).sort((a, b) => a.at - b.at);
      const again = mixed.map(({ candidate }) => candidate);
      const byRow = (chosen: Candidate[]) => new Map(chosen.map(({ row, column }) => [row, column]));
      assert.deepEqual(byRow(withoutPauses(assign(again, 1))), byRow(withoutPauses(assign(candidates, 1))));
    }
  });

  it('of 50,000 rows in one chain takes the columns that are cheapest together, and looks at few candidates for it', () => {
    // Each row would rather have the column of the row before, which costs the first row its own.
    const rows = 50_000;
    const candidates = Array.from({ length: rows }, (_, row) => [
      { row, column: row, cost: 0.4 },
      ...(row > 0 ? [{ row, column: row - 1, cost: 0.3 }] : []),
    ]).flat();
    const work = assign(candidates, 1);
    let pauses = 0;
    let step = work.next();
    for (; !step.done; step = work.next()) pauses++;
    assert.deepEqual(
      step.value.map(({ row, column }) => row - column),
      new Array(rows - 1).fill(1),
    );
    // A pause comes after 2^17 candidates: each of the 100,000 is looked at a few times.
    assert.ok(pauses <= 5, `${pauses} pauses`);
  });

  it('of nothing is empty', () => {
    assert.deepEqual(withoutPauses(assign([], 1)), []);
    assert.deepEqual(withoutPauses(assign([{ row: 3, column: 2, cost: 1 }], 1)), []);
  });
});
