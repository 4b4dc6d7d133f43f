import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { bootstrapInterval } from '../../src/trust/bootstrap';

describe('trust/bootstrap', () => {
  it('gives the mean over images and an interval about it, the same for the same seed', () => {
    const files = [[0.9, 0.8], [0.7], [0.95], [0.85], [0.6]];
    const found = bootstrapInterval(files);
    assert.ok(found && Math.abs(found.mean - 4.8 / 6) < 1e-12);
    assert.ok(found.low < found.mean && found.mean < found.high);
    assert.ok(found.low >= 0.6 && found.high <= 0.95);
    assert.deepEqual([found.files, found.level], [5, 0.95]);
    assert.deepEqual(bootstrapInterval(files), found);
  });

  it('has no interval for one file, however many images it holds, and none of width for files that are equal', () => {
    assert.equal(bootstrapInterval([[0.1, 0.9, 0.5]]), null);
    assert.equal(bootstrapInterval([[], [0.5]]), null);
    const equal = bootstrapInterval([[0.5], [0.5], [0.5]]);
    assert.deepEqual([equal?.low, equal?.high], [0.5, 0.5]);
  });

  it('is wider where images of a file go together than where each is a file', () => {
    const together = bootstrapInterval([Array(10).fill(0.9), Array(10).fill(0.6), Array(10).fill(0.7)]);
    const apart = bootstrapInterval([...Array(10).fill([0.9]), ...Array(10).fill([0.6]), ...Array(10).fill([0.7])]);
    assert.ok(together && apart && together.high - together.low > 2 * (apart.high - apart.low));
  });

  it('holds the mean of all files in about 19 of 20 draws of 30 files', () => {
    const random = new Random(5);
    let hits = 0;
    for (let k = 0; k < 200; k++) {
      const found = bootstrapInterval(
        Array.from({ length: 30 }, () => [random.uniform()]),
        k,
      );
      if (found && found.low <= 0.5 && found.high >= 0.5) hits++;
    }
    assert.ok(hits >= 178 && hits <= 199, `${hits} of 200`);
  });
});
