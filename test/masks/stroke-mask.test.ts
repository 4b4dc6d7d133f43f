import assert from 'node:assert/strict';
import { fillStroke, type StrokeLine } from '../../src/masks/stroke-mask';

function drawn(stroke: StrokeLine, height: number, width: number): string[] {
  const mask = new Uint8Array(height * width);
  fillStroke(stroke, height, width, mask);
  return Array.from({ length: height }, (_, y) => mask.subarray(y * width, (y + 1) * width).join(''));
}

describe('fillStroke', () => {
  it('draws a disc for one point: centres no further than the radius', () => {
    const disc = drawn({ points: [[2, 2]], radius: 2, value: 1 }, 5, 6);
    assert.deepEqual(disc, ['001000', '011100', '111110', '011100', '001000']);
  });

  it('draws the disc along every segment of the line', () => {
    const line = drawn(
      {
        points: [
          [1, 1],
          [1, 4],
          [4, 4],
        ],
        radius: 1,
        value: 1,
      },
      6,
      6,
    );
    assert.deepEqual(line, ['011110', '111111', '011111', '000111', '000111', '000010']);
  });

  it('agrees with the distance to the segment computed otherwise', () => {
    const [a, b, radius] = [[3.25, 2.5] as const, [20.75, 31.125] as const, 4.5];
    const mask = new Uint8Array(30 * 40);
    fillStroke(
      {
        points: [
          [a[0], a[1]],
          [b[0], b[1]],
        ],
        radius,
        value: 1,
      },
      30,
      40,
      mask,
    );
    for (let y = 0; y < 30; y++) {
      for (let x = 0; x < 40; x++) {
        let nearest = Infinity;
        for (let i = 0; i <= 512; i++) {
          const f = i / 512;
          nearest = Math.min(nearest, Math.hypot(y - a[0] - f * (b[0] - a[0]), x - a[1] - f * (b[1] - a[1])));
        }
        if (Math.abs(nearest - radius) > 1e-2) assert.equal(mask[y * 40 + x], nearest < radius ? 1 : 0, `${y},${x}`);
      }
    }
  });

  it('draws some rows as the whole image would have them, cuts at the edges, and erases', () => {
    const stroke: StrokeLine = {
      points: [
        [-2, 3],
        [9, 12],
      ],
      radius: 3,
      value: 1,
    };
    const whole = new Uint8Array(10 * 11);
    fillStroke(stroke, 10, 11, whole);
    const rows = new Uint8Array(3 * 11);
    fillStroke(stroke, 10, 11, rows, 4);
    assert.deepEqual(rows, whole.subarray(44, 77));
    fillStroke({ ...stroke, value: 0 }, 10, 11, whole);
    assert.ok(whole.every((value) => value === 0));
  });

  it('refuses what is not a number', () => {
    const refused = { code: 'invalid-input' };
    assert.throws(() => drawn({ points: [[0, Number.NaN]], radius: 1, value: 1 }, 2, 2), refused);
    assert.throws(() => drawn({ points: [[0, 0]], radius: -1, value: 1 }, 2, 2), refused);
  });
});
