import assert from 'node:assert/strict';
import { featureOf } from '../../src/exchange/geojson';
import { measurementsOf } from '../../src/exchange/qupath-measurements';
import type { ObjectRow } from '../../src/objects/object-table';

const row: ObjectRow = {
  label: 3,
  size: 12,
  sizeMicrometres: 3,
  centroid: { z: 0, y: 1, x: 2 },
  centroidMicrometres: { z: 0, y: 0.5, x: 1 },
  meanIntensity: 7,
  meanIntensities: [7, 8.5],
  box: { start: { z: 0, y: 0, x: 1 }, size: { z: 1, y: 3, x: 4 } },
  shape: {
    ...{ unit: 'µm', perimeter: 6, surface: null, majorAxis: 4, minorAxis: 2, elongation: 2, eccentricity: 0.5 },
    ...{ orientation: 0.25, direction: { z: 0, y: 1, x: 0 }, neighbours: 1, atBorder: true },
  },
};

describe('objects for QuPath', () => {
  it('carry their measures as numbers, by names and units as QuPath has them', () => {
    assert.deepEqual(measurementsOf(row, false, ['DAPI', 'GFP']), {
      'Area µm^2': 3,
      'Perimeter µm': 6,
      'Major axis µm': 4,
      'Minor axis µm': 2,
      Elongation: 2,
      Eccentricity: 0.5,
      'Orientation rad': 0.25,
      Neighbours: 1,
      'At border': 1,
      'DAPI: Mean': 7,
      'GFP: Mean': 8.5,
    });
  });

  it('of a stack without a pixel size have volumes in voxels; what is unknown is left out', () => {
    const shape = {
      ...(row.shape as NonNullable<ObjectRow['shape']>),
      unit: 'pixel' as const,
      perimeter: null,
      surface: 9,
    };
    const unknown = { ...row, sizeMicrometres: null, meanIntensity: Number.NaN, meanIntensities: undefined };
    const found = measurementsOf({ ...unknown, shape: { ...shape, eccentricity: null, orientation: null } }, true, []);
    assert.deepEqual(Object.keys(found), [
      'Volume px^3',
      'Surface px^2',
      'Major axis px',
      'Minor axis px',
      'Elongation',
      'Neighbours',
      'At border',
    ]);
    assert.deepEqual(measurementsOf({ ...unknown, meanIntensity: null, shape: undefined }, false, []), {
      'Area px^2': 12,
    });
  });

  it('are features with the members that QuPath reads: type, name, class with its colour, measurements, plane', () => {
    const ring: Array<[number, number]> = [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 0],
    ];
    const object = { label: 3, t: 1, z: 2, polygons: [[ring]], isPlaneOfMany: true };
    const feature = featureOf({ ...object, className: 'Nucleus', measurements: { 'Area px^2': 1 } }) as {
      geometry: object;
      properties: { classification: { name: string; color: number[] } };
    };
    const { classification, ...properties } = feature.properties;
    assert.deepEqual(feature.geometry, { type: 'Polygon', plane: { c: -1, z: 2, t: 1 }, coordinates: [ring] });
    assert.deepEqual(properties, {
      objectType: 'detection',
      name: '3',
      label: 3,
      measurements: { 'Area px^2': 1 },
      z: [2, 2],
      t: 1,
    });
    assert.equal(classification.name, 'Nucleus');
    assert.ok(classification.color.every((level) => Number.isInteger(level) && level >= 64 && level <= 255));
    assert.ok(!JSON.stringify(featureOf({ ...object, className: '' })).includes('classification'));
  });
});
