import assert from 'node:assert/strict';
import { type Seen, settle } from '../../src/acquisition/settle';
import type { Pending } from '../../src/acquisition/watched';

const TIMES = { quiet: 5000, patience: 60_000 };
const VERSION = { size: 10, modified: 1 };
const SEEN: Seen = { name: 'a.tif', version: VERSION, completeness: 'so-far', missing: null, isSaid: false };

function seenSince(since: number, version = VERSION): Pending {
  return { name: 'a.tif', version, since, waitsFor: '', wait: 'quiet' };
}

describe('when an acquisition counts as complete', () => {
  it('never at the first look, as nobody has seen it stand still', () => {
    for (const completeness of ['whole', 'so-far', null] as const) {
      assert.notEqual(settle({ ...SEEN, completeness }, null, 100_000, TIMES), null);
    }
  });

  it('at the first look where its checksums say that each byte is there', () => {
    assert.equal(settle({ ...SEEN, completeness: 'proven' }, null, 100_000, TIMES), null);
    assert.notEqual(settle({ ...SEEN, completeness: 'proven', missing: 'a.done' }, null, 100_000, TIMES), null);
  });

  it('is after its quiet time where more could follow, and sooner where nothing can', () => {
    assert.equal(settle(SEEN, seenSince(1000), 5999, TIMES)?.since, 1000);
    assert.equal(settle(SEEN, seenSince(1000), 6000, TIMES), null);
    assert.equal(settle({ ...SEEN, completeness: null }, seenSince(1000), 6000, TIMES), null);
    assert.notEqual(settle({ ...SEEN, completeness: 'whole' }, seenSince(1000), 1099, TIMES), null);
    assert.equal(settle({ ...SEEN, completeness: 'whole' }, seenSince(1000), 1100, TIMES), null);
  });

  it('counts anew from each change', () => {
    const grown = settle(SEEN, seenSince(1000, { size: 9, modified: 1 }), 50_000, TIMES);
    assert.equal(grown?.since, 50_000);
    const touched = settle(SEEN, seenSince(1000, { size: 10, modified: 0 }), 50_000, TIMES);
    assert.equal(touched?.since, 50_000);
  });

  it('waits for the end that its structure lacks, however long its writer pauses, until patience ends', () => {
    const half = { ...SEEN, completeness: 'unknown' as const };
    assert.equal(settle(half, seenSince(0), 59_999, TIMES)?.waitsFor, 'its end');
    assert.equal(settle(half, seenSince(0), 60_000, TIMES), null);
  });

  it('waits for ever for what is empty, or lacks a file', () => {
    const empty = { ...SEEN, version: { size: 0, modified: 1 } };
    assert.ok(settle(empty, seenSince(0, empty.version), 1e9, TIMES));
    assert.equal(settle({ ...SEEN, missing: 'a.done' }, seenSince(0), 1e9, TIMES)?.waitsFor, 'a.done');
  });
});
