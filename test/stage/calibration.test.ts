import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { fitAffine, orientationFrom, placeFrom } from '../../src/stage/calibration';
import { applyLinear, orientationOf } from '../../src/stage/orientation';

const near = (actual: number, expected: number, within = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= within, `${actual}, expected ${expected}`);

describe('how a stage lies in an image', () => {
  it('follows from mirrored axes and quarter turns exactly', () => {
    const at = (axes: object) =>
      applyLinear(orientationOf({ flipX: false, flipY: false, rotation: 0, ...axes }), { x: 3, y: 5 });
    assert.deepEqual(at({}), { x: 3, y: 5 });
    assert.deepEqual(at({ flipX: true }), { x: -3, y: 5 });
    assert.deepEqual(at({ flipY: true }), { x: 3, y: -5 });
    assert.deepEqual(at({ rotation: 90 }), { x: -5, y: 3 });
    assert.deepEqual(at({ flipX: true, rotation: 270 }), { x: 5, y: 3 });
    const turned = at({ rotation: 30 });
    near(Math.hypot(turned.x, turned.y), Math.hypot(3, 5));
  });

  it('is found from a feature that was seen from several places of the stage', () => {
    const linear = orientationOf({ flipX: true, flipY: false, rotation: 12 });
    const pixelSize = { x: 0.65, y: 0.5 };
    const feature = { x: 4000, y: -700 };
    // Where the feature lies in an image of 512 x 512 that is taken at a place: its offset from the middle, turned back.
    const back = orientationOf({ flipX: false, flipY: false, rotation: 348 });
    const points = [
      [0, 0],
      [30, 0],
      [0, 40],
      [-25, 33],
    ].map(([dx, dy]) => {
      const stage = { x: feature.x + dx, y: feature.y + dy };
      const offset = applyLinear(back, { x: feature.x - stage.x, y: feature.y - stage.y });
      return { stage, pixel: { x: 255.5 - offset.x / pixelSize.x, y: 255.5 + offset.y / pixelSize.y } };
    });
    const fit = orientationFrom({ points, pixelSize }, 'calibration');
    for (const [i, row] of linear.entries()) for (const [j, value] of row.entries()) near(fit.linear[i][j], value);
    near(fit.residual, 0);
    assert.equal(fit.points, 4);
    assert.throws(() => orientationFrom({ points }, 'calibration'), /calibration\.pixelSize: expected the pixel size/);
  });

  it('is found by least squares, and how well the points fit is told', () => {
    const random = new Random(7);
    const noise = () => 2 * (random.uniform() - 0.5);
    const truth = { linear: orientationOf({ flipX: false, flipY: true, rotation: 200 }), offset: { x: 10, y: -20 } };
    const pairs = Array.from({ length: 400 }, () => {
      const from = { x: 1000 * random.uniform(), y: 1000 * random.uniform() };
      const to = applyLinear(truth.linear, from);
      return { from, to: { x: to.x + truth.offset.x + noise(), y: to.y + truth.offset.y + noise() } };
    });
    const { linear, offset, residual } = fitAffine(pairs, 'points');
    // Evenly spread within 1 along each axis: sqrt(2 / 3).
    near(residual, Math.sqrt(2 / 3), 0.05);
    near(linear[0][0], truth.linear[0][0], 1e-3);
    near(offset.x, 10, 0.3);
  });

  it('maps pixels of the image itself by points whose places are known', () => {
    const points = [
      { pixel: { x: 0, y: 0 }, stage: { x: 100, y: 200 } },
      { pixel: { x: 100, y: 0 }, stage: { x: 100, y: 300 } },
      { pixel: { x: 0, y: 100 }, stage: { x: 0, y: 200 } },
    ];
    const { linear, offset } = placeFrom({ points }, 'calibration');
    const { x, y } = applyLinear(linear, { x: 50, y: 10 });
    near(x + offset.x, 90);
    near(y + offset.y, 250);
  });

  it('is refused where the stage stood in one place or moved along a line only, or its places are no numbers to reckon with', () => {
    const pixels = [
      { x: 0, y: 0 },
      { x: 100, y: 0 },
      { x: 0, y: 100 },
    ];
    const pairs = (to: (from: { x: number; y: number }, i: number) => { x: number; y: number }) =>
      pixels.map((from, i) => ({ from, to: to(from, i) }));
    const refused =
      /points: expected places of them on the stage that do not lie on a line, got "places of them .* wide/;
    assert.throws(
      () =>
        fitAffine(
          pairs(() => ({ x: 5, y: 5 })),
          'points',
        ),
      refused,
    );
    assert.throws(
      () =>
        fitAffine(
          pairs((_, i) => ({ x: 10 * i, y: 0 })),
          'points',
        ),
      refused,
    );
    assert.throws(
      () =>
        fitAffine(
          pairs(({ x, y }) => ({ x, y: x + 1e-4 * y })),
          'points',
        ),
      refused,
    );
    assert.throws(
      () =>
        fitAffine(
          pairs(({ x, y }) => ({ x: 1e306 * (x - 50), y })),
          'points',
        ),
      refused,
    );
    near(
      fitAffine(
        pairs(({ x, y }) => ({ x: 3 * x, y })),
        'points',
      ).residual,
      0,
    );
  });

  it('is refused of too few points, and of points on a line or all in one place', () => {
    const pairs = (points: number[][]) => points.map(([x, y]) => ({ from: { x, y }, to: { x, y } }));
    assert.throws(
      () =>
        fitAffine(
          pairs([
            [0, 0],
            [1, 5],
          ]),
          'points',
        ),
      /points: expected 3 or more matched points, got 2/,
    );
    const line = /points: expected points that do not lie on a line, got "points that spread .* wide and .* long"/;
    assert.throws(
      () =>
        fitAffine(
          pairs([
            [0, 0],
            [1, 1],
            [2, 2],
            [3, 3],
          ]),
          'points',
        ),
      line,
    );
    assert.throws(
      () =>
        fitAffine(
          pairs([
            [0, 0],
            [500, 1],
            [1000, 0],
          ]),
          'points',
        ),
      line,
    );
    assert.throws(
      () =>
        fitAffine(
          pairs([
            [4, 4],
            [4, 4],
            [4, 4],
          ]),
          'points',
        ),
      line,
    );
    assert.equal(
      fitAffine(
        pairs([
          [0, 0],
          [500, 100],
          [1000, 0],
        ]),
        'points',
      ).residual < 1e-9,
      true,
    );
  });
});
