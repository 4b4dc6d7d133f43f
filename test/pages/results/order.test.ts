import assert from 'node:assert/strict';
import { actionOf, KEYMAP } from '../../../pages/results/logic/keymap';
import { firstOrder, found, neighbour, sorted } from '../../../pages/results/logic/order';
import type { Row } from '../../../src/results/page-api';

const row = (sample: string, metrics: Row['metrics'] = {}): Row => ({
  id: `id-${sample}`,
  sample,
  metrics,
  failed: null,
  model: null,
});
const names = (rows: readonly Row[]) => rows.map(({ sample }) => sample);

describe('the strip of the results page', () => {
  const rows = [
    row('pos10', { dice: 0.9, uncertainty: 0.01 }),
    row('pos2', { dice: 0.4, uncertainty: 0.02 }),
    row('pos1', { uncertainty: 0.3 }),
    row('broken'),
  ];

  it('sorts by the worst Dice, the least sure, or the name as people count', () => {
    assert.deepEqual(names(sorted(rows, 'dice')), ['pos2', 'pos10', 'broken', 'pos1']);
    assert.deepEqual(names(sorted(rows, 'uncertainty')), ['pos1', 'pos2', 'pos10', 'broken']);
    assert.deepEqual(names(sorted(rows, 'name')), ['broken', 'pos1', 'pos2', 'pos10']);
  });

  it('begins with what the samples have', () => {
    assert.deepEqual(
      [firstOrder(rows), firstOrder(rows.slice(2)), firstOrder([row('a')]), firstOrder([])],
      ['dice', 'uncertainty', 'name', 'name'],
    );
  });

  it('finds samples by a part of their names', () => {
    assert.deepEqual(names(found(rows, ' POS1')), ['pos10', 'pos1']);
    assert.deepEqual(found(rows, ''), rows);
  });

  it('goes from one to the next and ends at the ends', () => {
    assert.equal(neighbour(rows, 'id-pos2', 1)?.sample, 'pos1');
    assert.equal(neighbour(rows, 'id-pos10', -1), null);
    assert.equal(neighbour(rows, 'id-broken', 1), null);
    assert.equal(neighbour(rows, 'gone', 1)?.sample, 'pos10');
    assert.equal(neighbour([], null, 1), null);
  });
});

describe('the keys of the results page', () => {
  it('mean one thing each, and all that a key can do is in the help', () => {
    const keys = KEYMAP.flatMap(({ bindings }) => bindings.flatMap((binding) => binding.keys));
    assert.deepEqual(keys, [...new Set(keys)]);
    const press = (key: string, shiftKey = false) =>
      actionOf({ key, shiftKey, ctrlKey: false, metaKey: false, altKey: false });
    assert.deepEqual(
      [press('d'), press('T', true), press('t'), press(']'), press('q')],
      ['difference', 'previousTime', 'nextTime', 'higher', null],
    );
  });
});
