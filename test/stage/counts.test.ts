import assert from 'node:assert/strict';
import { validate } from '../../src/base/schema';
import { Counts, CountsSchema, MOST_IMAGES } from '../../src/stage/counts';

const ENDLESS = 1e9;

describe('counts of a run', () => {
  const countOf = (counts: Counts, run: string, image: string, count: number) => {
    const { count: sum, images } = counts.add(run, image, count, ENDLESS);
    return [sum, images];
  };

  it('count an image that comes again once, as it was the last time, over a restart, too', () => {
    const counts = new Counts();
    countOf(counts, 'r', 'a', 5);
    countOf(counts, 'r', 'b', 7);
    assert.deepEqual(countOf(counts, 'r', 'a', 1), [8, 2]);
    const kept = validate(CountsSchema, JSON.parse(JSON.stringify(counts.kept())), 'kept');
    assert.deepEqual(countOf(new Counts(kept), 'r', 'b', 70), [71, 2]);
  });

  it('know so many images and no more: the earliest of the run used the longest ago go, what they counted stays', () => {
    const counts = new Counts(undefined, 4);
    for (const image of ['a', 'b']) countOf(counts, 'old', image, 1);
    for (const image of ['a', 'b', 'c']) countOf(counts, 'new', image, 10);
    // The first of the old run is not known any more, all others are.
    assert.deepEqual(countOf(counts, 'new', 'a', 20), [40, 3]);
    assert.deepEqual(countOf(counts, 'old', 'b', 3), [4, 2]);
    assert.deepEqual(countOf(counts, 'old', 'a', 3), [7, 3]);
    // Beyond the bound it was the one of the new run that came first, as "a" came once more.
    assert.deepEqual(countOf(counts, 'new', 'a', 21), [41, 3]);
    assert.deepEqual(countOf(counts, 'new', 'b', 10), [51, 4]);
    const { runs } = counts.kept();
    assert.equal(
      runs.reduce((sum, { known }) => sum + Buffer.from(known, 'base64').length / 16, 0),
      4,
    );
  });

  it('are kept in some megabytes, however long a run is', () => {
    const pairs = Float64Array.from({ length: 2 * MOST_IMAGES }, (_, i) => 3 * i);
    const known = Buffer.from(pairs.buffer).toString('base64');
    const counts = new Counts({ runs: [{ run: 'r', sum: ENDLESS, images: MOST_IMAGES, known, told: null }] });
    assert.deepEqual(countOf(counts, 'r', 'one more', 1), [ENDLESS + 1, MOST_IMAGES + 1]);
    const text = JSON.stringify(counts.kept());
    assert.ok(text.length < 2.5e6, `${text.length} characters`);
    assert.deepEqual(countOf(new Counts(JSON.parse(text)), 'r', 'one more', 2), [ENDLESS + 2, MOST_IMAGES + 1]);
  });
});
