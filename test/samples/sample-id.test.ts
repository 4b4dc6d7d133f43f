import assert from 'node:assert/strict';
import path from 'node:path';
import { idOfName, imageId, sceneId } from '../../src/samples/sample-id';

describe('imageId', () => {
  it('is the path below the root without the image extension', () => {
    const root = path.resolve('data');
    assert.equal(imageId(path.join(root, 'A02.ome.tif'), root), 'A02');
    assert.equal(imageId(path.join(root, 'plate 1', 'A02.s1.TIFF'), root), 'plate 1/A02.s1');
    assert.equal(imageId(path.join(root, 'a.czi'), root), 'a');
    assert.equal(imageId(path.join(root, 'readme'), root), 'readme');
  });

  it('of polygon files leaves out what an image extension left behind', () => {
    assert.equal(idOfName('excluding_mask_A02.ome.npy'), 'excluding_mask_A02');
    assert.equal(idOfName('masks/A02.tif.geojson'), 'masks/A02');
    assert.equal(idOfName('A02.json'), 'A02');
  });
});

describe('sceneId', () => {
  it('names the scene where a file has several', () => {
    assert.equal(sceneId('a', 0, 1), 'a');
    assert.equal(sceneId('a', 0, 3), 'a_s0');
    assert.equal(sceneId('a', 2, 3), 'a_s2');
  });
});
