import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { chooseApart, Near, nearestNeighbourOrder } from '../../src/stage/choose';
import { Counts } from '../../src/stage/counts';
import { isAtBorder, ranked, type TableObject } from '../../src/stage/objects';
import { rarityOf } from '../../src/stage/rarity';
import { ObjectUncertainty } from '../../src/stage/uncertainty';
import { MOST_RUNS, Visited } from '../../src/stage/visited';

const object = (label: number, size: number, more: Partial<TableObject> = {}): TableObject => ({
  label,
  size,
  centroid: { z: 0, y: label, x: label },
  box: { start: { z: 0, y: 5, x: 5 }, size: { z: 1, y: 3, x: 3 } },
  ...more,
});
const done = <T>(work: Generator<void, T, void>): T => {
  for (let step = work.next(); ; step = work.next()) if (step.done) return step.value;
};

describe('which objects are visited', () => {
  it('follows from their sizes, equal ones by number', () => {
    const rows = [object(1, 5), object(2, 9), object(3, 5), object(4, 1)];
    const sizes = rows.map(({ size }) => size);
    assert.deepEqual(
      ranked(rows, sizes, 'largest').map((each) => each.object),
      [2, 1, 3, 4],
    );
    assert.deepEqual(
      ranked(rows, sizes, 'smallest').map((each) => each.object),
      [4, 1, 3, 2],
    );
    const { measures, score } = ranked(rows, sizes, 'largest')[0];
    assert.deepEqual(measures, { size: 9, sizeMicrometres: null, meanIntensity: null, elongation: null });
    assert.equal(score, 9);
  });

  it('finds the rare in any measure, also a small group, and not merely the largest', () => {
    const random = new Random(11);
    const usual = Array.from({ length: 200 }, (_, i) =>
      object(i + 1, 100 + 40 * random.uniform(), { meanIntensity: 50 + 10 * random.uniform() }),
    );
    const bright = [201, 202].map((label) => object(label, 120, { meanIntensity: 95 + label - 201 }));
    const rows = [...usual, ...bright];
    const order = ranked(rows, done(rarityOf(rows)), 'rarest').map((each) => each.object);
    assert.deepEqual(order.slice(0, 2).sort(), [201, 202]);
  });

  it('ranks objects that are all alike, or of which a measure is missing, without a fault', () => {
    assert.deepEqual([...done(rarityOf([object(1, 5), object(2, 5)]))], [0, 0]);
    assert.deepEqual([...done(rarityOf([object(1, 5)]))], [0]);
    const mixed = [object(1, 5, { meanIntensity: 1 }), object(2, 6), object(3, 900, { meanIntensity: 2 })];
    assert.equal(ranked(mixed, done(rarityOf(mixed)), 'rarest')[0].object, 3);
    assert.equal(done(rarityOf(Array.from({ length: 5000 }, (_, i) => object(i + 1, i + 1)))).length, 5000);
  });

  it('measures how unsure an object is as the mean entropy of its pixels', () => {
    const meter = new ObjectUncertainty(0.01);
    meter.add(Uint16Array.of(0, 1, 1, 2, 2), Float32Array.of(50, 50, 100, 50, 25));
    meter.add(Uint16Array.of(2, 0), Float32Array.of(0, 50));
    assert.equal(meter.of(1), 0.5);
    const quarter = -(0.25 * Math.log2(0.25) + 0.75 * Math.log2(0.75));
    assert.ok(Math.abs((meter.of(2) ?? 0) - (1 + quarter) / 3) < 1e-7);
    assert.equal(meter.of(3), undefined);
  });

  it('knows what touches the border of its plane', () => {
    const box = (y: number, x: number) => object(1, 9, { box: { start: { z: 0, y, x }, size: { z: 1, y: 3, x: 4 } } });
    const shape = [1, 1, 1, 20, 30];
    const touching = [box(0, 5), box(5, 0), box(17, 5), box(5, 26)].map((each) => isAtBorder(each, shape));
    assert.deepEqual(touching, [true, true, true, true]);
    assert.equal(isAtBorder(box(1, 25), shape), false);
  });

  it('takes the first that lie apart from each other and from those before', () => {
    const line = [0, 3, 10, 14, 30].map((x) => ({ x, y: 0 }));
    const place = (each: { x: number; y: number }) => each;
    const before = new Near(5, [{ x: 28, y: 2 }]);
    const isTaken = (at: { x: number; y: number }) => before.nearest(at) !== undefined;
    const { chosen, near } = chooseApart(line, place, { most: 3, distance: 5, isTaken });
    assert.deepEqual(
      chosen.map(({ x }) => x),
      [0, 10],
    );
    assert.equal(near, 3);
    assert.deepEqual(
      chooseApart(line, place, { most: 2, distance: 4, isTaken: () => false }).chosen.map(({ x }) => x),
      [0, 10],
    );
    const many = new Near(
      7,
      Array.from({ length: 500 }, (_, i) => ({ x: (i % 25) * 9 - 100, y: Math.floor(i / 25) * 9 - 50 })),
    );
    for (const at of [
      { x: -99, y: -48 },
      { x: 3.5, y: 1 },
      { x: -4.6, y: -4.6 },
      { x: 500, y: 0 },
    ]) {
      const distance = Math.min(
        ...Array.from({ length: 500 }, (_, i) =>
          Math.hypot((i % 25) * 9 - 100 - at.x, Math.floor(i / 25) * 9 - 50 - at.y),
        ),
      );
      const found = many.nearest(at);
      assert.equal(found ? Math.hypot(found.x - at.x, found.y - at.y) : null, distance < 7 ? distance : null);
    }
  });

  it('goes short ways', () => {
    const places = [50, 10, 40, 20].map((x) => ({ x, y: 0 }));
    assert.deepEqual(
      nearestNeighbourOrder(places, { x: 0, y: 0 }).map(({ x }) => x),
      [10, 20, 40, 50],
    );
  });
});

describe('what is remembered of a run', () => {
  it('is where the stage was, how often, and what is kept says the same', () => {
    const visited = new Visited(2);
    visited.add('r', { x: 0, y: 0 });
    visited.add('r', { x: 1, y: 0 });
    visited.add('r', { x: 5, y: 0 });
    const again = new Visited(2, JSON.parse(JSON.stringify(visited.kept())));
    for (const each of [visited, again]) {
      assert.deepEqual([each.times('r', { x: 0.5, y: 1 }), each.times('r', { x: 5, y: 1 })], [2, 1]);
      assert.equal(each.times('other', { x: 0, y: 0 }), 0);
    }
    again.forget('r');
    assert.equal(again.times('r', { x: 0, y: 0 }), 0);
    for (let i = 0; i < MOST_RUNS; i++) visited.add(`run ${i}`, { x: 0, y: 0 });
    assert.equal(visited.kept().runs.length, MOST_RUNS);
    assert.equal(visited.times('r', { x: 0, y: 0 }), 0);
  });

  it('is what was counted: an image that comes again counts as the last time, and enough is told once', () => {
    const counts = new Counts();
    const add = (image: string, count: number, target = 10, of = counts) => of.add('r', image, count, target);
    assert.deepEqual(add('a', 4), { run: 'r', count: 4, target: 10, images: 1, enough: false, isReached: false });
    assert.equal(add('a', 6).count, 6);
    assert.deepEqual(add('b', 4), { run: 'r', count: 10, target: 10, images: 2, enough: true, isReached: true });
    const again = new Counts(JSON.parse(JSON.stringify(counts.kept())));
    assert.deepEqual([add('c', 1, 10, again).isReached, add('c', 1, 10, again).count], [false, 11]);
    // A target that was raised is told anew.
    assert.equal(add('d', 9, 20, again).isReached, true);
    again.forget('r');
    assert.equal(add('e', 3, 10, again).count, 3);
    assert.equal(again.add('other', 'e', 3, 10).count, 3);
  });
});
