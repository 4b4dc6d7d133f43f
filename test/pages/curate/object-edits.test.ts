import assert from 'node:assert/strict';
import { EMPTY_DECISION } from '../../../pages/curate/logic/edits';
import { pointsAlong, splitObject } from '../../../pages/curate/logic/object-edits';
import { Random } from '../../../src/base/random';
import { drawingOf } from '../../../src/curation/decision';
import { NumberedTarget } from '../../../src/masks/numbered-target';
import { drawingRasteriser } from '../../../src/masks/target';
import { partsOf } from '../../../src/objects/parts';

const SIDE = 100;
type Point = [number, number];
const DISC = Uint32Array.from({ length: SIDE * SIDE }, (_, i) =>
  (Math.floor(i / SIDE) - 50) ** 2 + ((i % SIDE) - 50) ** 2 < 30 ** 2 ? 1 : 0,
);

/** The pieces that a line leaves of the disc, each with how many pixels of either object lie in it; crumbs are left out. */
function pieces(line: Point[]): number[][] {
  const { strokes } = splitObject({ of: 'seg1', number: 1 }, line, 300, { z: null, t: null })(EMPTY_DECISION);
  const part = { t: 0, z: 0, y: 0, x: 0, height: SIDE, width: SIDE, step: 1 };
  const drawn = drawingRasteriser(drawingOf({ merge: [], exclude: [], strokes }))(part);
  const target = new NumberedTarget({ base: 'seg1', largest: 1 }).make(
    { base: DISC, other: null, mergeMask: null },
    drawn,
    part,
  );
  const beside = Int32Array.from(DISC);
  for (const [x, y] of pointsAlong(line)) {
    for (const dy of [-1, 0, 1])
      for (const dx of [-1, 0, 1]) beside[(Math.round(y) + dy) * SIDE + Math.round(x) + dx] = 0;
  }
  const { parts, count } = partsOf(beside, [1, SIDE, SIDE]);
  const pixels = Array.from({ length: count }, () => [0, 0]);
  for (let i = 0; i < parts.length; i++) if (parts[i] > 0) pixels[parts[i] - 1][target[i] === 1 ? 0 : 1]++;
  return pixels.filter(([old, made]) => old + made > 40);
}

describe('an object that is split along a line', () => {
  it('is two, each whole on its side, however the line bends', () => {
    const random = new Random(7);
    const onCircle = (angle: number): Point => [50 + 38 * Math.cos(angle), 50 + 38 * Math.sin(angle)];
    const within = (): Point => [28 + 44 * random.uniform(), 28 + 44 * random.uniform()];
    let cut = 0;
    for (let k = 0; k < 300; k++) {
      const angle = 2 * Math.PI * random.uniform();
      const bends = Array.from({ length: k % 3 }, within);
      const line = [onCircle(angle), ...bends, onCircle(angle + 1.2 + 3.9 * random.uniform())];
      const found = pieces(line);
      // A line that crosses itself leaves more.
      if (found.length !== 2) continue;
      cut++;
      const sides = found.map(([old, made]) => (old > made ? 'old' : 'new'));
      assert.deepEqual(sides.sort(), ['new', 'old'], JSON.stringify(line));
      for (const each of found) assert.ok(Math.min(...each) <= 30, JSON.stringify([line, found]));
    }
    assert.ok(cut > 200, `${cut}`);
  });

  it('has its new number on the left of the line as it is drawn', () => {
    const [first, second] = pieces([
      [10, 50],
      [90, 50],
    ]);
    assert.deepEqual([first[0], second[1]], [0, 0]);
  });
});
