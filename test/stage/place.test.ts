import assert from 'node:assert/strict';
import type { ImageDescription } from '../../src/image/description';
import { orientationOf } from '../../src/stage/orientation';
import { type Staging, stagePlaces } from '../../src/stage/place';

const IMAGE = {
  id: 'a',
  shape: [1, 1, 5, 100, 201],
  level: 0,
  pixelSize: { z: 2, y: 0.5, x: 0.25 },
  acquisition: { stage: { z: 10, y: 2000, x: -1000 } },
} as unknown as ImageDescription;
const STAGING: Staging = {
  orientation: orientationOf({ flipX: false, flipY: false, rotation: 0 }),
  flipZ: false,
  anchor: 'centre',
  position: null,
};

describe('where a point of an image is on the stage', () => {
  const at = (image: object, staging: Partial<Staging>, point = { z: 0, y: 0, x: 0 }) =>
    stagePlaces({ ...IMAGE, ...image }, { ...STAGING, ...staging })(point);

  it('follows from the stage position of its centre, of its first pixel, or of the pixel that the file says', () => {
    assert.deepEqual(at({}, {}), { x: -1000 - 100 * 0.25, y: 2000 - 49.5 * 0.5, z: 10 });
    assert.deepEqual(at({}, { anchor: 'corner' }, { z: 0, y: 3, x: 8 }), { x: -998, y: 2001.5, z: 10 });
    const acquisition = { ...IMAGE.acquisition, stageAt: { y: 10, x: 20 } };
    assert.deepEqual(at({ acquisition }, {}, { z: 0, y: 10, x: 20 }), { x: -1000, y: 2000, z: 10 });
  });

  it('goes by what a person says of the stage instead, whatever the file says', () => {
    const acquisition = { ...IMAGE.acquisition, stageAt: { y: 10, x: 20 } };
    const position = { x: 5, y: 6, z: null };
    assert.deepEqual(at({ acquisition }, { position }, { z: 0, y: 49.5, x: 100 }), { x: 5, y: 6, z: null });
  });

  it('steps along z as the stage does, and has none where the step is not known', () => {
    assert.equal(at({}, {}, { z: 3, y: 0, x: 0 }).z, 16);
    assert.equal(at({}, { flipZ: true }, { z: 3, y: 0, x: 0 }).z, 4);
    const pixelSize = { z: null, y: 1, x: 1 };
    assert.equal(at({ pixelSize }, {}, { z: 3, y: 0, x: 0 }).z, null);
    assert.equal(at({ pixelSize }, {}).z, 10);
  });

  it('counts pixels of a part from the corner of the whole, of which nobody knows the centre', () => {
    const region = { start: [0, 0, 1, 10, 20], size: [1, 1, 2, 30, 40] };
    assert.deepEqual(at({ region }, { anchor: 'corner' }), { x: -995, y: 2005, z: 12 });
    assert.throws(() => at({ region }, {}), /region: expected the whole image/);
  });

  it('is refused where pixel size or stage position are not known, and of a smaller level', () => {
    assert.throws(() => at({ pixelSize: null }, {}), /a: pixel size: expected micrometres/);
    assert.throws(() => at({ acquisition: {} }, {}), /a: stage position: expected x and y in micrometres/);
    const acquisition = { stage: { z: 1, y: null, x: 3 } };
    assert.throws(() => at({ acquisition }, {}), /a: stage position/);
    assert.throws(() => at({ level: 1 }, {}), { code: 'unsupported' });
  });
});
