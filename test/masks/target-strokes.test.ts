import assert from 'node:assert/strict';
import { drawingOf, type Stroke } from '../../src/curation/decision';
import { drawingRasteriser, makeTarget } from '../../src/masks/target';
import { runsOf } from '../curation/samples';

const [HEIGHT, WIDTH] = [24, 32];

/**
 * Runs of background and foreground, in turn, of each picture: distances to lines in exact fractions (Python's
 * `fractions`), among them many equal to the radius (slopes of 3-4-5 triangles).
 */
const EXACT: { strokes: Stroke[]; runs: number[] }[] = [
  {
    strokes: [{ points: [[8, 8]], radius: 5, value: 1, z: null }],
    runs: [104, 1, 28, 7, 24, 9, 23, 9, 23, 9, 22, 11, 22, 9, 23, 9, 23, 9, 24, 7, 28, 1, 343],
  },
  {
    strokes: [
      {
        points: [
          [0, 0],
          [31, 23],
        ],
        radius: 1.5,
        value: 1,
        z: null,
      },
    ],
    runs: [
      0, 3, 29, 4, 29, 5, 28, 5, 28, 5, 29, 5, 28, 5, 28, 5, 29, 5, 28, 5, 28, 5, 29, 5, 28, 5, 29, 5, 28, 5, 28, 5, 29,
      5, 28, 5, 28, 5, 29, 5, 28, 5, 28, 5, 29, 4, 29, 3,
    ],
  },
  {
    strokes: [
      {
        points: [
          [3, 4],
          [11, 10],
          [11, 20],
          [28, 20],
        ],
        radius: 2.5,
        value: 1,
        z: null,
      },
      {
        points: [
          [5, 20],
          [30, 4],
        ],
        radius: 1,
        value: 0,
        z: null,
      },
    ],
    runs: [
      66, 3, 28, 5, 27, 7, 25, 8, 25, 8, 25, 9, 25, 8, 25, 8, 25, 7, 27, 5, 27, 5, 27, 5, 27, 4, 28, 2, 30, 1, 34, 2,
      28, 20, 11, 22, 10, 22, 10, 22, 11, 20, 34,
    ],
  },
  {
    strokes: [
      {
        points: [
          [-4, 12],
          [40, 12],
        ],
        radius: 3,
        value: 1,
        z: null,
      },
      {
        points: [
          [16, -9],
          [16, 40],
        ],
        radius: 0,
        value: 0,
        z: null,
      },
    ],
    runs: [288, 16, 1, 31, 1, 31, 1, 31, 1, 31, 1, 31, 1, 31, 1, 15, 256],
  },
  {
    strokes: [
      {
        points: [
          [10.25, 7.5],
          [10.25, 7.5],
          [14.75, 9.125],
        ],
        radius: 0.5,
        value: 1,
        z: null,
      },
    ],
    runs: [267, 3, 31, 3, 464],
  },
  {
    strokes: [
      {
        points: [
          [32.25, 23.0],
          [0.0, 4.0],
        ],
        radius: 0.75,
        value: 1,
        z: null,
      },
      {
        points: [
          [24.75, 11.0],
          [37.5, 8.0],
          [9.25, -1.0],
          [27.0, -3.25],
        ],
        radius: 3.0,
        value: 1,
        z: null,
      },
      {
        points: [
          [34.75, 20.25],
          [-4.0, 18.25],
          [24.5, 4.5],
          [10.5, 14.75],
        ],
        radius: 0.75,
        value: 0,
        z: null,
      },
      {
        points: [
          [-2.25, -3.5],
          [-2.5, 16.75],
          [30.5, -3.75],
        ],
        radius: 3.0,
        value: 1,
        z: null,
      },
      {
        points: [
          [23.0, 19.0],
          [-2.25, 12.75],
        ],
        radius: 1.75,
        value: 1,
        z: null,
      },
      {
        points: [
          [27.5, 13.5],
          [10.75, 7.0],
          [10.75, 17.5],
          [10.0, 20.25],
        ],
        radius: 3.5,
        value: 0,
        z: null,
      },
    ],
    runs: [
      0, 1, 6, 24, 1, 1, 7, 21, 3, 1, 8, 20, 3, 1, 11, 22, 11, 11, 2, 10, 12, 7, 3, 7, 1, 3, 13, 3, 3, 9, 3, 3, 18, 8,
      5, 2, 17, 8, 4, 3, 18, 7, 2, 5, 21, 4, 1, 6, 22, 10, 23, 9, 7, 2, 15, 8, 8, 3, 13, 8, 10, 3, 11, 8, 7, 7, 10, 3,
      12, 9, 8, 2, 13, 11, 22, 9, 1, 1, 25, 5, 35, 3, 31, 2, 31, 1,
    ],
  },
];
/** `skimage.draw.disk((9.3, 13.7), 6.2)` of scikit-image 0.26. */
const DISK = [139, 6, 25, 9, 22, 10, 21, 12, 20, 12, 20, 12, 20, 12, 20, 12, 21, 11, 21, 10, 23, 8, 26, 5, 271];

/** @param value of the segmentation that is drawn on */
function draw(strokes: Stroke[], { z = 0, y = 0, rows = HEIGHT, value = 0 } = {}): Uint8Array {
  const drawn = drawingRasteriser(drawingOf({ merge: [], exclude: [], strokes }));
  const base = new Uint8Array(rows * WIDTH).fill(value);
  return makeTarget({ base, other: null, mergeMask: null }, drawn({ z, y, x: 0, height: rows, width: WIDTH, step: 1 }));
}

describe('strokes of a target', () => {
  it('draws the pixels within the radius of a line, in order, as exact fractions say', () => {
    for (const { strokes, runs } of EXACT) assert.deepEqual(runsOf(draw(strokes)), runs);
  });

  it('draws a single point as a disc', () => {
    const dot: Stroke = { points: [[13.7, 9.3]], radius: 6.2, value: 1, z: null };
    assert.deepEqual(runsOf(draw([dot])), DISK);
  });

  it('draws in its planes, 255 or 0', () => {
    const dot: Stroke = { points: [[4, 4]], radius: 0, value: 1, z: [1, 2] };
    assert.deepEqual(
      [0, 1, 2, 3].map((z) => draw([dot], { z })[4 * WIDTH + 4]),
      [0, 255, 255, 0],
    );
    const erased = draw([{ ...dot, value: 0 }], { z: 2, value: 7 });
    assert.deepEqual(runsOf(erased), [0, 4 * WIDTH + 4, 1, HEIGHT * WIDTH - 4 * WIDTH - 5]);
  });

  it('draws some rows of a plane as the whole plane has them', () => {
    const { strokes } = EXACT[5];
    const whole = draw(strokes);
    for (const rows of [1, 5, 24]) {
      for (let y = 0; y + rows <= HEIGHT; y++) {
        assert.deepEqual(draw(strokes, { y, rows }), whole.slice(y * WIDTH, (y + rows) * WIDTH));
      }
    }
  });

  it('leaves out what lies far outside', () => {
    const far: Stroke = {
      points: [
        [-1e7, -1e7],
        [1e7, -1e7],
        [1e7, 1e7],
      ],
      radius: 1024,
      value: 1,
      z: null,
    };
    assert.deepEqual(runsOf(draw([far])), [HEIGHT * WIDTH]);
    const through: Stroke = {
      ...far,
      points: [
        [-1e7, 5],
        [1e7, 5],
      ],
      radius: 0.25,
    };
    assert.deepEqual(runsOf(draw([through])), [5 * WIDTH, WIDTH, (HEIGHT - 6) * WIDTH]);
  });
});
