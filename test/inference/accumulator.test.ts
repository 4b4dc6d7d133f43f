import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type Accumulator, sumsInFile, sumsInMemory, sumsInRows } from '../../src/inference/accumulator';
import { scratchFolder } from '../models/support';

describe('sum store', () => {
  const folder = scratchFolder();

  /** Adds 1, 2, 3, ... to overlapping bands of 3 planes of 5 x 2, and takes the planes. */
  function exercise(store: Accumulator): number[][] {
    [
      [0, 3],
      [2, 5],
      [1, 3],
      [0, 2],
    ].forEach(([first, end], n) => {
      const rows = store.rows(first, end);
      assert.ok(rows.first <= first && rows.first + rows.count >= end);
      for (let plane = 0; plane < 3; plane++) {
        for (let y = first; y < end; y++) {
          for (let x = 0; x < 2; x++)
            rows.sums[(plane * rows.count + y - rows.first) * 2 + x] += (n + 1) * (plane + 1) + x;
        }
      }
    });
    return [2, 0, 0, 1].map((plane) => {
      const target = new Int32Array(10);
      store.takeRows(plane, 0, 2, target.subarray(0, 4));
      store.takeRows(plane, 2, 5, target.subarray(4));
      return [...target];
    });
  }

  it('keeps the same sums in memory and in a file', () => {
    const [memory, file] = [sumsInMemory(3, 5, 2), sumsInFile(folder(), 3, 5, 2)];
    const expected = exercise(memory);
    assert.deepEqual(exercise(file), expected);
    assert.deepEqual(expected[1], [5, 7, 8, 11, 6, 9, 2, 3, 2, 3]);
    assert.deepEqual(expected[2], new Array(10).fill(0));
    memory.close();
    file.close();
  });

  it('leaves no file behind', async () => {
    const store = sumsInFile(folder(), 2, 4, 4);
    store.rows(0, 4).sums[0] = 1;
    store.takeRows(1, 0, 4, new Int32Array(16));
    store.close();
    store.close();
    assert.deepEqual(await readdir(folder()), []);
  });

  it('keeps the rows of one plane that are not finished, plane after plane', () => {
    const store = sumsInRows(3, 5, 2);
    for (let plane = 0; plane < 2; plane++) {
      const target = new Int32Array(10);
      for (const [first, end, done] of [
        [0, 3, 2],
        [2, 5, 5],
      ]) {
        const rows = store.rows(first, end);
        for (let y = first; y < end; y++)
          for (let x = 0; x < 2; x++) rows.sums[(y - rows.first) * 2 + x] += y + 10 * x + 1;
        for (let y = first; y < done; y++) store.takeRows(0, y, y + 1, target.subarray(2 * y));
      }
      assert.deepEqual([...target], [1, 11, 2, 12, 6, 26, 4, 14, 5, 15]);
    }
    assert.throws(() => store.rows(2, 4), /held are 3 from 0/);
    assert.throws(() => store.takeRows(0, 1, 2, new Int32Array(2)), /the next is 0/);
  });

  it('names the folder that cannot be written to', () => {
    const missing = path.join(folder(), 'missing');
    const store = sumsInFile(missing, 1, 2, 2);
    assert.throws(() => store.rows(0, 2), { code: 'not-found', message: /missing/ });
    store.close();
  });
});
