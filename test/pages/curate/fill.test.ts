import assert from 'node:assert/strict';
import { fillArea, outlineAround } from '../../../pages/curate/logic/fill';
import { Random } from '../../../src/base/random';
import type { Point } from '../../../src/curation/decision';
import { drawingRasteriser, FOREGROUND, makeTarget } from '../../../src/masks/target';

const NOTHING = { merge: [], exclude: [] };

describe('filling what an outline encloses', () => {
  const pixelsOf = (rows: string[]) => Uint8Array.from(rows.join(''), (sign) => (sign === '#' ? FOREGROUND : 0));
  /** The picture after a click: filled pixels `o`. */
  const filled = (rows: string[], at: Point, offset = 0) => {
    const [height, width] = [rows.length, rows[0].length];
    const area = { u0: offset, v0: offset, u1: offset + width, v1: offset + height };
    const size = { width: area.u1, height: area.v1 };
    const found = outlineAround(pixelsOf(rows), area, [at[0] + offset, at[1] + offset], size);
    if (typeof found === 'string') return found;
    const points = found.map(([x, y]): [number, number] => [y, x]);
    const draw = drawingRasteriser({ ...NOTHING, strokes: [{ points, radius: 0, value: 1, filled: true }] });
    const part = { z: 0, y: area.v0, x: area.u0, width, height, step: 1 };
    const target = makeTarget({ base: new Uint8Array(width * height), other: null, mergeMask: null }, draw(part));
    return rows.map((row, y) =>
      [...row].map((sign, x) => (sign === '.' && target[y * width + x] ? 'o' : sign)).join(''),
    );
  };

  it('fills to its pixels, islands and all', () => {
    const rows = ['........', '.######.', '.#....#.', '.#.##.#.', '.#....#.', '.######.', '........'];
    const inside = ['........', '.######.', '.#oooo#.', '.#o##o#.', '.#oooo#.', '.######.', '........'];
    assert.deepEqual(filled(rows, [2, 2]), inside);
    assert.deepEqual(filled(rows, [4.4, 3.6]), inside);
    assert.equal(filled(rows, [3, 3]), 'foreground');
  });

  it('does not pass between pixels that meet in a corner', () => {
    const rows = ['.#..', '#.#.', '.#..'];
    assert.deepEqual(filled(rows, [1, 1]), ['.#..', '#o#.', '.#..']);
    assert.deepEqual(filled(['..#', '.#.', '#..'], [0, 0]), ['oo#', 'o#.', '#..']);
  });

  it('ends with the image, and is told to be open where only what was looked at ends', () => {
    const rows = ['..#', '..#', '###'];
    assert.deepEqual(filled(rows, [0, 0]), ['oo#', 'oo#', '###']);
    assert.equal(filled(rows, [0, 0], 5), 'open');
  });

  it('fills exactly the region, but for what lies within, of random pictures', () => {
    for (let seed = 0; seed < 40; seed++) {
      const random = new Random(seed);
      const rows = Array.from({ length: 9 }, () =>
        Array.from({ length: 11 }, () => (random.uniform() < 0.45 ? '#' : '.')).join(''),
      );
      const at: Point = [random.integer(11), random.integer(9)];
      const expected = inside(rows, at);
      assert.deepEqual(filled(rows, at), expected ?? 'foreground', `${seed}: ${rows.join(' ')}`);
    }
  });

  it('looks at a part of a large plane, and at none beside it', () => {
    const size = { width: 5000, height: 1000 };
    assert.deepEqual(fillArea(size, [2500, 10]), { u0: 1476, u1: 3524, v0: 0, v1: 1000 });
    assert.deepEqual(fillArea(size, [4999, 10]), { u0: 2952, u1: 5000, v0: 0, v1: 1000 });
    assert.equal(fillArea(size, [-1, 10]), null);
    assert.equal(fillArea(size, [10, 1000]), null);
  });
});

/** Of a picture: all that cannot be reached from beyond its border without crossing the region around a point. */
function inside(rows: string[], [x0, y0]: Point): string[] | null {
  const [height, width] = [rows.length, rows[0].length];
  if (rows[y0][x0] === '#') return null;
  const spread = (starts: Point[], may: (x: number, y: number) => boolean, steps: Point[]) => {
    const seen = new Set(starts.map(String));
    for (const [x, y] of starts) {
      for (const [dx, dy] of steps) {
        const next: Point = [x + dx, y + dy];
        if (seen.has(String(next)) || !may(...next)) continue;
        seen.add(String(next));
        starts.push(next);
      }
    }
    return seen;
  };
  const sides: Point[] = [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ];
  const corners: Point[] = [
    [1, 1],
    [-1, 1],
    [1, -1],
    [-1, -1],
  ];
  const region = spread([[x0, y0]], (x, y) => rows[y]?.[x] === '.', sides);
  const within = (x: number, y: number) => x >= -1 && y >= -1 && x <= width && y <= height;
  const outside = spread([[-1, -1]], (x, y) => within(x, y) && !region.has(`${x},${y}`), [...sides, ...corners]);
  return rows.map((row, y) =>
    [...row].map((sign, x) => (sign === '.' && !outside.has(`${x},${y}`) ? 'o' : sign)).join(''),
  );
}
