import assert from 'node:assert/strict';
import { parseMask } from '../../src/masks/mask';

const IMAGE = {
  id: 'a',
  uri: 'file:///a.tif',
  format: 'tiff',
  scene: 0,
  level: 0,
  axes: 'TCZYX',
  shape: [1, 1, 1, 4, 5],
  dtype: 'uint8',
  channels: [{ index: 0, name: 'mask' }],
  pixelSize: null,
};
const POLYGON = [
  [0, 0],
  [0, 3],
  [3, 3],
];

describe('parseMask', () => {
  it('tells images from polygons', () => {
    assert.deepEqual(parseMask(IMAGE, 'mask'), { kind: 'image', image: IMAGE });
    const regions = { kind: 'regions', regions: { polygons: [{ polygon: POLYGON }] } };
    assert.deepEqual(parseMask([POLYGON], 'mask'), regions);
    assert.deepEqual(parseMask(JSON.stringify(POLYGON), 'mask'), regions);
  });

  it('takes null and blank for no mask', () => {
    assert.deepEqual([parseMask(null, 'm'), parseMask(undefined, 'm'), parseMask('', 'm')], [null, null, null]);
  });

  it('refuses everything else', () => {
    assert.throws(() => parseMask(3, 'regions'), /regions: expected an image description or polygons, got 3/);
    assert.throws(() => parseMask({}, 'regions'), /regions: expected/);
    assert.throws(() => parseMask({ ...IMAGE, shape: [4, 5] }, 'regions'), /regions\.shape/);
  });
});
