import assert from 'node:assert/strict';
import { EMPTY_DECISION } from '../../../pages/curate/logic/edits';
import { mergedTile } from '../../../pages/curate/logic/merged-tile';
import { overlaps } from '../../../pages/curate/logic/overlap';
import { touching } from '../../../pages/curate/logic/touching';
import { borderRuns } from '../../../pages/shared/logic/outline';
import { snap } from '../../../pages/shared/logic/view-transform';
import type { Decision, Point, Shape } from '../../../src/curation/decision';
import { fillPolygon } from '../../../src/masks/polygon-mask';
import { fillStroke } from '../../../src/masks/stroke-mask';
import { randomAt } from '../../support/random-at';

const [HEIGHT, WIDTH, TILE] = [150, 210, 64];

function randomShape(seed: number): Shape {
  const ring = Array.from({ length: 9 }, (_, i): Point => {
    const angle = (i * 2 * Math.PI) / 9;
    const radius = 20 + 40 * randomAt(seed, i);
    return snap([60 + 100 * randomAt(seed, 50) + radius * Math.cos(angle), 70 + radius * Math.sin(angle)]);
  });
  return { rings: [ring], z: null };
}

type Mask = Uint8Array<ArrayBuffer>;

/** By its definition, the whole plane at once, pixel by pixel. */
function wholePlane(
  { base, merge, strokes }: Decision,
  seg1: Mask,
  seg2: Mask,
  mask: Mask | null,
  z: number,
): Uint8Array {
  const isHere = (planes: Shape['z']) => !planes || (z >= planes[0] && z <= planes[1]);
  const yx = ([x, y]: Point): [number, number] => [y, x];
  const inside = mask ? Uint8Array.from(mask) : new Uint8Array(HEIGHT * WIDTH);
  for (const { rings, z: planes } of merge) {
    if (isHere(planes)) fillPolygon([rings[0].map(yx)], HEIGHT, WIDTH, inside);
  }
  const [from, other] = base === 'seg1' ? [seg1, seg2] : [seg2, seg1];
  const target = from.map((value, i) => ((inside[i] ? other[i] : value) ? 255 : 0));
  for (const mark of strokes) {
    assert.ok('points' in mark);
    const { points, radius, value, z: planes } = mark;
    if (isHere(planes)) fillStroke({ points: points.map(yx), radius, value: 255 * value }, HEIGHT, WIDTH, target);
  }
  return target;
}

describe('the merged result', () => {
  const seg = (seed: number) =>
    Uint8Array.from({ length: HEIGHT * WIDTH }, (_, i) => (randomAt(seed, i) > 0.6 ? 1 : 0));
  const [seg1, seg2] = [seg(1), seg(2)];
  const decision: Decision = {
    ...EMPTY_DECISION,
    base: 'seg2',
    merge: [randomShape(3), { ...randomShape(4), z: [2, 5] }, { ...randomShape(5), z: [0, 1] }],
    strokes: [
      { points: [snap([10.3, 20.7]), snap([150.2, 90.9]), snap([64, 64])], radius: 6.5, value: 1, z: null },
      { points: [snap([100, 100])], radius: 12, value: 0, z: [3, 3] },
      { points: [snap([100, 10])], radius: 12, value: 0, z: [4, 4] },
    ],
  };

  it('tile by tile is that of the whole plane', () => {
    for (const [z, mask] of [
      [1, null],
      [3, null],
      [3, seg(6)],
    ] as const) {
      const whole = wholePlane(decision, seg1, seg2, mask, z);
      for (let y = 0; y < HEIGHT; y += TILE) {
        for (let x = 0; x < WIDTH; x += TILE) {
          const frame = { x, y, width: Math.min(TILE, WIDTH - x), height: Math.min(TILE, HEIGHT - y), step: 1, z };
          const cut = (image: Uint8Array) =>
            Uint8Array.from({ length: frame.width * frame.height }, (_, i) => {
              const row = y + Math.floor(i / frame.width);
              return image[row * WIDTH + x + (i % frame.width)];
            });
          const area = { u0: x, v0: y, u1: x + frame.width, v1: y + frame.height };
          const near = touching(decision, area, z).decision;
          const sources = { base: cut(seg2), other: cut(seg1), mergeMask: mask && cut(mask) };
          assert.deepEqual(mergedTile(near, sources, frame), cut(whole), `tile ${y},${x} of plane ${z}`);
        }
      }
    }
  });

  it('has the same name as long as nothing near it changes', () => {
    const area = { u0: 0, v0: 0, u1: 20, v1: 20 };
    const near: Shape = {
      rings: [
        [
          [0, 0],
          [9, 0],
          [9, 9],
        ],
      ],
      z: null,
    };
    const far: Shape = {
      rings: [
        [
          [100, 0],
          [109, 0],
          [109, 9],
        ],
      ],
      z: null,
    };
    const name = (merge: Shape[]) => touching({ ...EMPTY_DECISION, merge }, area, 0).key;
    assert.equal(name([near, far]), name([near]));
    assert.notEqual(name([near]), name([{ ...near }]));
  });
});

describe('overlaps', () => {
  const square = (x: number, y: number, side: number, z: Shape['z'] = null): Shape => ({
    rings: [
      [
        [x, y],
        [x + side, y],
        [x + side, y + side],
        [x, y + side],
      ],
    ],
    z,
  });

  it('counts the pixels that a merging and an excluding shape share', () => {
    assert.deepEqual(overlaps([square(0, 0, 9)], [square(7, 8, 30), square(20, 20, 5)], 100, 100), [
      { merge: 0, exclude: 0, pixels: 6 },
    ]);
  });

  it('needs a common plane and pixels within the image', () => {
    assert.deepEqual(overlaps([square(0, 0, 9, [0, 3])], [square(0, 0, 9, [4, 9])], 100, 100), []);
    assert.deepEqual(overlaps([square(95, 0, 20)], [square(101, 0, 20)], 100, 100), []);
    assert.equal(overlaps([square(0, 0, 9, [0, 3])], [square(0, 0, 9, [3, 9])], 100, 100).length, 1);
  });

  it('estimates large ones', () => {
    const [{ pixels }] = overlaps([square(0, 0, 3999)], [square(0, 0, 3999)], 4000, 4000);
    assert.ok(Math.abs(pixels - 16_000_000) < 160_000, String(pixels));
  });
});

describe('borders', () => {
  it('run between unlike pixels, joined where they go on', () => {
    const mask = [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0];
    assert.deepEqual(borderRuns(mask, 3, 4), [1, 1, 3, 1, 1, 2, 3, 2, 1, 1, 1, 2, 3, 1, 3, 2]);
  });
});
