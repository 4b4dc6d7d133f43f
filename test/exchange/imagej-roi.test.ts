import assert from 'node:assert/strict';
import { encodeRoi } from '../../src/exchange/imagej-roi';
import type { OutlinePolygon } from '../../src/objects/outlines';
import { outlineOf, type Stretch } from '../../src/objects/outlines';
import { randomAt } from '../support/random-at';
import { decodeRoi } from './roi-decoder';

const square = (x: number, y: number, side: number): OutlinePolygon[number] => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
  [x, y],
];

describe('regions of ImageJ', () => {
  it('have the bytes that the table of the format says', () => {
    const bytes = encodeRoi({ name: '7', z: 3, t: 0, polygons: [[square(2, 5, 4)]] });
    const expected = [
      '496f7574 00e4 08 00 0005 0002 0009 0006 0004', // Iout, 228, traced, top left bottom right, 4 corners
      '00'.repeat(16), // line
      '0000 00000000 00000000 00000000 0000 0000', // stroke, shape, colours, subtype, options
      '00000000 00000000 00000050', // arrow, position, second header at 80
      '0000 0004 0004 0000 0000 0000 0004 0004', // x, then y, from the corner of the bounds
      '00000000 00000000 00000003 00000000 00000090 00000001', // c, z, t, name at 144 of 1 letter
      '00'.repeat(40),
      '0037',
    ];
    assert.equal(Buffer.from(bytes).toString('hex'), expected.join('').replaceAll(' ', ''));
  });

  it('of objects with holes and parts are shapes of several paths', () => {
    const polygons = [[square(0, 0, 9), square(2, 2, 3).toReversed()], [square(20, 20, 2)]];
    const roi = decodeRoi(encodeRoi({ name: '12-z1-t4', z: 1, t: 4, polygons }));
    assert.deepEqual([roi.type, roi.name, roi.c, roi.z, roi.t], [1, '12-z1-t4', 0, 1, 4]);
    assert.deepEqual(roi.bounds, { top: 0, left: 0, bottom: 22, right: 22 });
    assert.deepEqual(
      roi.paths,
      polygons.flat().map((ring) => ring.slice(0, -1)),
    );
  });

  it('cover exactly the pixels of any object, by the even-odd rule', () => {
    const [height, width] = [13, 15];
    for (let seed = 1; seed <= 30; seed++) {
      const mask = Uint8Array.from({ length: height * width }, (_, i) => (randomAt(seed, i) < 0.1 + seed / 40 ? 1 : 0));
      const stretches = [...mask.entries()].flatMap(([i, on]): Stretch[] => {
        const x = i % width;
        return on ? [{ y: (i - x) / width, start: x, end: x + 1 }] : [];
      });
      if (stretches.length === 0) continue;
      const { paths, bounds } = decodeRoi(encodeRoi({ name: 'a', z: 0, t: 0, polygons: outlineOf(stretches) }));
      const painted = mask.map((_, i) => {
        const [px, py] = [(i % width) + 0.5, Math.floor(i / width) + 0.5];
        return paths.filter((path) => isAround(path, px, py)).length % 2;
      });
      assert.deepEqual(painted, mask, `seed ${seed}`);
      assert.equal(bounds.left, Math.min(...stretches.map(({ start }) => start)));
      assert.equal(bounds.bottom, 1 + Math.max(...stretches.map(({ y }) => y)));
    }
  });

  it('keep places that 16-bit numbers would turn negative', () => {
    for (const x of [60_000, 60_534, 60_536, 70_000, 1_000_001]) {
      const { paths } = decodeRoi(encodeRoi({ name: 'far', z: 0, t: 0, polygons: [[square(x, 3, 1)]] }));
      assert.deepEqual(paths, [square(x, 3, 1).slice(0, -1)], `${x}`);
    }
  });
});

function isAround(path: number[][], px: number, py: number): boolean {
  let inside = false;
  for (const [i, [bx, by]] of path.entries()) {
    const [ax, ay] = path[(i + path.length - 1) % path.length];
    if (ay > py !== by > py && px < ax + ((py - ay) * (bx - ax)) / (by - ay)) inside = !inside;
  }
  return inside;
}
