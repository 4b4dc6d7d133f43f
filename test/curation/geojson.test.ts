import assert from 'node:assert/strict';
import { geoJsonOfShapes, geoJsonOfStrokes } from '../../src/curation/geojson';
import { regionsOfShapes } from '../../src/curation/regions-of-shapes';
import { parseRegions } from '../../src/masks/regions';
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
