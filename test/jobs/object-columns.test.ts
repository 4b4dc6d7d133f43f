import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { csvLines } from '../../src/jobs/io/objects/object-metrics';
import type { ObjectRecord } from '../../src/jobs/results';

const PLAIN: ObjectRecord = {
  label: 3,
  size: 12,
  sizeMicrometres: null,
  centroid: { z: 0, y: 1, x: 2 },
  centroidMicrometres: null,
  meanIntensity: null,
  box: { start: { z: 0, y: 0, x: 1 }, size: { z: 1, y: 3, x: 4 } },
};
const WHOLE: ObjectRecord = {
  ...PLAIN,
  t: 4,
  parent: 2,
  meanIntensities: [7, null],
  shape: {
    ...{ unit: 'pixel', perimeter: 6, surface: null, majorAxis: 4, minorAxis: 2, elongation: 2, eccentricity: 0.5 },
    ...{ orientation: 0.25, direction: { z: 0, y: 1, x: 0 }, neighbours: 1, atBorder: true },
  },
};
const PLAIN_COLUMNS =
  't,label,size_pixels,size_um,centroid_z,centroid_y,centroid_x,centroid_z_um,centroid_y_um,centroid_x_um,mean_intensity,' +
  'box_z,box_y,box_x,box_size_z,box_size_y,box_size_x';
const SHAPE_COLUMNS =
  'length_unit,perimeter,surface,major_axis,minor_axis,elongation,eccentricity,orientation,direction_z,direction_y,direction_x,' +
  'neighbours,at_border';

describe('the columns of an object table', () => {
  const lines = (record: ObjectRecord) => [...csvLines([record])].join('').trimEnd().split('\n');

  it('keep their names and order, which scripts of users go by: what is new comes behind', () => {
    assert.deepEqual(lines(PLAIN), [PLAIN_COLUMNS, '0,3,12,,0,1,2,,,,,0,0,1,1,3,4']);
    assert.deepEqual(lines(WHOLE), [
      `${PLAIN_COLUMNS},${SHAPE_COLUMNS},mean_intensity_0,mean_intensity_1,parent`,
      '4,3,12,,0,1,2,,,,,0,0,1,1,3,4,pixel,6,,4,2,2,0.5,0.25,0,1,0,1,1,7,,2',
    ]);
  });

  it('stand in the documentation, each with its unit', () => {
    const page = readFileSync(path.resolve(__dirname, '../../../docs/results-elsewhere.md'), 'utf8');
    const documented = [...page.matchAll(/^\| (`[^|]+`) \|[^|]+\| ([^|]+) \|$/gm)].flatMap(([, names, unit]) => {
      assert.notEqual(unit.trim(), '', names);
      return [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
    });
    const columns = [PLAIN_COLUMNS, SHAPE_COLUMNS].flatMap((each) => each.split(','));
    assert.deepEqual(documented, [...columns, 'mean_intensity_0', 'parent']);
  });
});
