import assert from 'node:assert/strict';
import { parseRegions } from '../../src/masks/regions';

const TRIANGLE_YX: [number, number][] = [
  [1, 10],
  [2, 30],
  [8, 20],
];
const TRIANGLE_XY = TRIANGLE_YX.map(([y, x]) => [x, y]);
const CLOSED_XY = [...TRIANGLE_XY, TRIANGLE_XY[0]];

describe('parseRegions', () => {
  it('reads one polygon of [y, x] vertices', () => {
    assert.deepEqual(parseRegions(TRIANGLE_YX), { polygons: [{ polygon: TRIANGLE_YX }] });
  });

  it('reads many polygons, and none', () => {
    const twice = parseRegions([TRIANGLE_YX, TRIANGLE_YX]);
    assert.deepEqual(twice, { polygons: [{ polygon: TRIANGLE_YX }, { polygon: TRIANGLE_YX }] });
    assert.deepEqual(parseRegions([]), { polygons: [] });
  });

  it("drops z of napari's three columns", () => {
    const napari = TRIANGLE_YX.map(([y, x]) => [7, y, x]);
    assert.deepEqual(parseRegions([napari]), { polygons: [{ polygon: TRIANGLE_YX }] });
  });

  it('reads { polygon, z }, alone and in a list', () => {
    const one = { polygon: TRIANGLE_YX, z: [2, 5] };
    assert.deepEqual(parseRegions(one), { polygons: [one] });
    assert.deepEqual(parseRegions([one, TRIANGLE_YX]), { polygons: [one, { polygon: TRIANGLE_YX }] });
  });

  it('reads GeoJSON positions as [x, y], closed rings, holes and planes', () => {
    const feature = {
      type: 'Feature',
      properties: { z: [0, 3] },
      geometry: { type: 'Polygon', coordinates: [CLOSED_XY, CLOSED_XY] },
    };
    const expected = { polygon: TRIANGLE_YX, holes: [TRIANGLE_YX], z: [0, 3] };
    assert.deepEqual(parseRegions(feature), { polygons: [expected] });
    assert.deepEqual(parseRegions({ type: 'FeatureCollection', features: [feature, feature] }), {
      polygons: [expected, expected],
    });
    assert.deepEqual(parseRegions([feature]), { polygons: [expected] });
  });

  it('gives the planes of a feature to each part of its MultiPolygon', () => {
    const geometry = { type: 'MultiPolygon', coordinates: [[CLOSED_XY], [CLOSED_XY]] };
    const part = { polygon: TRIANGLE_YX, z: [1, 1] };
    assert.deepEqual(parseRegions({ type: 'Feature', properties: { z: [1, 1] }, geometry }), {
      polygons: [part, part],
    });
    assert.equal(parseRegions({ type: 'Feature', properties: null, geometry }).polygons[0].z, undefined);
  });

  it('reads its own result again, and JSON text', () => {
    const regions = parseRegions([{ polygon: TRIANGLE_YX, z: [2, 5] }, TRIANGLE_YX]);
    assert.deepEqual(parseRegions(regions), regions);
    assert.deepEqual(parseRegions(JSON.stringify(regions)), regions);
  });

  const bad: [string, unknown, RegExp][] = [
    [
      'two vertices',
      [TRIANGLE_YX.slice(0, 2)],
      /mask\[0\]: expected at least 3 different vertices, got \[\[1,10\],\[2,30\]\]/,
    ],
    [
      'a closed line',
      {
        polygon: [
          [1, 1],
          [2, 2],
          [1, 1],
        ],
      },
      /mask\.polygon: expected at least 3/,
    ],
    [
      'NaN',
      [
        [
          [0, 0],
          [0, Number.NaN],
          [4, 4],
        ],
      ],
      /mask\[0\]\[1\]: expected \[y, x\] .* got \["0","NaN"\]/,
    ],
    ['null in JSON', '[[[0,0],[0,null],[4,4]]]', /mask\[0\]\[1\]: expected \[y, x\]/],
    ['four columns', [[[0, 0, 0, 0]]], /mask\[0\]\[0\]: expected \[y, x\] or \[z, y, x\]/],
    ['text that is no JSON', 'a polygon', /mask: expected GeoJSON.*as JSON, got "a polygon"/],
    ['a number', 5, /mask: expected GeoJSON, .* got 5/],
    ['a point', { type: 'Point', coordinates: [1, 2] }, /mask\.type: expected .*MultiPolygon.*, got "Point"/],
    [
      'planes the wrong way round',
      { polygon: TRIANGLE_YX, z: [5, 2] },
      /mask\.z: expected \[first, last\].*got \[5,2\]/,
    ],
    ['half a plane', { polygon: TRIANGLE_YX, z: [0, 1.5] }, /mask\.z: expected/],
    ['a polygon without rings', { type: 'Polygon', coordinates: [] }, /mask\.coordinates: expected an outline/],
    ['a collection without features', { type: 'FeatureCollection' }, /mask\.features: expected a list, got undefined/],
  ];
  for (const [what, value, message] of bad) {
    it(`refuses ${what}`, () => {
      assert.throws(() => parseRegions(value, 'mask'), { code: 'invalid-input', message });
    });
  }
});
