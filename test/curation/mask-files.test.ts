import assert from 'node:assert/strict';
import { regionsOfShapes, type Shape } from '../../src/curation/decision';
import { geoJsonOfShapes, geoJsonOfStrokes, npyOfShapes } from '../../src/curation/mask-files';
import { rasteriser } from '../../src/masks/rasterise';
import { parseRegions, type Regions } from '../../src/masks/regions';
import { npyRegions } from '../../src/samples/regions-file';
import { DECISION } from './samples';

describe('GeoJSON of a decision', () => {
  it('is polygons with closed rings that the project reads as they were drawn', () => {
    const text = geoJsonOfShapes(DECISION.merge);
    const { type, features } = JSON.parse(text);
    assert.equal(type, 'FeatureCollection');
    assert.deepEqual(features, [
      {
        type: 'Feature',
        properties: { z: [1, 2] },
        geometry: {
          type: 'Polygon',
          coordinates: [
            [
              [1, 2],
              [12.5, 2],
              [12.5, 9],
              [1, 2],
            ],
            [
              [5, 3],
              [9, 3],
              [9, 5],
              [5, 3],
            ],
          ],
        },
      },
    ]);
    const shapes = [...DECISION.merge, ...DECISION.exclude];
    // A repeated first point is no vertex of its own.
    const expected = regionsOfShapes(shapes);
    expected?.polygons[0].holes?.[0].pop();
    assert.deepEqual(parseRegions(geoJsonOfShapes(shapes)), expected);
    assert.deepEqual(parseRegions(geoJsonOfShapes([])), { polygons: [] });
  });

  it('is lines of two positions at least', () => {
    const { features } = JSON.parse(geoJsonOfStrokes(DECISION.strokes));
    assert.deepEqual(features, [
      {
        type: 'Feature',
        properties: { radius: 2, value: 0 },
        geometry: {
          type: 'LineString',
          coordinates: [
            [3, 3],
            [3, 3],
          ],
        },
      },
      {
        type: 'Feature',
        properties: { radius: 1.5, value: 1, z: [0, 0] },
        geometry: {
          type: 'LineString',
          coordinates: [
            [3, 3],
            [8, 4.5],
          ],
        },
      },
    ]);
  });
});

const [HEIGHT, WIDTH] = [30, 40];
const fill = (regions: Regions) => {
  const mask = rasteriser(regions)({ z: 0, y: 0, x: 0, height: HEIGHT, width: WIDTH, step: 1 });
  assert.ok(mask);
  return mask;
};
const plane = (shapes: readonly Shape[]) => fill(regionsOfShapes(shapes) ?? { polygons: [] });

describe('npyOfShapes', () => {
  const outline: Shape['rings'][number] = [
    [2, 2],
    [30, 4],
    [36, 25],
    [18, 12],
    [4, 27],
  ];
  const holes: Shape['rings'] = [
    [
      [8, 8],
      [12, 8],
      [12, 12],
      [8, 12],
    ],
    [
      [22, 8],
      [28, 8],
      [25.5, 14.25],
    ],
  ];
  const shapes: Shape[] = [
    { rings: [outline, ...holes], z: null },
    {
      rings: [
        [
          [33, 0],
          [39, 0],
          [39, 3],
        ],
      ],
      z: null,
    },
    ...DECISION.exclude,
  ];

  it('gives polygons that fill the pixels of the shapes, holes included', () => {
    const read = npyRegions(npyOfShapes(shapes), 'masks.npy');
    assert.equal(read.polygons.length, 3);
    const expected = plane(shapes);
    assert.ok(expected[10 * WIDTH + 10] === 0 && expected[8 * WIDTH + 10] === 1);
    assert.deepEqual(fill(read), expected);
  });

  it('is the array that NumPy writes', () => {
    // numpy.save of numpy.array([[[1.5, 2], [3, 4.25], [5, -6]]]), NumPy 2.4.6
    const square: Shape = {
      rings: [
        [
          [2, 1.5],
          [4.25, 3],
          [-6, 5],
        ],
      ],
      z: null,
    };
    assert.equal(
      Buffer.from(npyOfShapes([square])).toString('base64'),
      'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDMsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAD4PwAAAAAAAABAAAAAAAAACEAAAAAAAAARQAAAAAAAABRAAAAAAAAAGMA=',
    );
  });

  it('of nothing is an empty array', () => {
    assert.deepEqual(npyRegions(npyOfShapes([]), 'masks.npy'), { polygons: [] });
  });
});
