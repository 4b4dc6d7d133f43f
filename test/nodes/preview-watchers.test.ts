import assert from 'node:assert/strict';
import { Watchers } from '../../nodes/preview/watchers';

describe('watchers', () => {
  it('an editor that has not said for 30 s that it looks does so no longer', () => {
    let now = 0;
    const watchers = new Watchers(() => now);
    watchers.look('a', ['x', 'y']);
    watchers.look('b', ['y']);
    now = 20_000;
    watchers.look('b', ['z']);
    assert.deepEqual(
      ['x', 'y', 'z'].map((node) => watchers.isWatched(node)),
      [true, true, true],
    );
    now = 30_000;
    assert.deepEqual(
      ['x', 'y', 'z'].map((node) => watchers.isWatched(node)),
      [false, false, true],
    );
    watchers.look('b', []);
    assert.equal(watchers.isWatched('z'), false);
  });

  it('of more than 100 editors the latest count', () => {
    const watchers = new Watchers(() => 0);
    for (let i = 0; i <= 100; i++) watchers.look(`editor ${i}`, [`node ${i}`]);
    assert.deepEqual(
      [watchers.isWatched('node 0'), watchers.isWatched('node 1'), watchers.isWatched('node 100')],
      [false, true, true],
    );
  });
});
