import assert from 'node:assert/strict';
import { imageExtension, isCompanion, isUnreadImage, withoutImageExtension } from '../../src/formats/extensions';

describe('file names', () => {
  it('an id is the path without its image ending', () => {
    const cases: Record<string, string> = {
      'A02.ome.tif': 'A02',
      'A02.OME.TIFF': 'A02',
      'plate1/day 2/A02.tif': 'plate1/day 2/A02',
      'plate1\\A02.czi': 'plate1/A02',
      'a.b.c.tiff': 'a.b.c',
      'mask.npy': 'mask',
      'photo.JPEG': 'photo',
      'notes.txt': 'notes.txt',
      '.tif': '.tif',
    };
    for (const [name, id] of Object.entries(cases)) assert.equal(withoutImageExtension(name), id);
  });

  it('knows image endings', () => {
    assert.equal(imageExtension('x/A.OME.TIF'), '.ome.tif');
    assert.equal(imageExtension('x.png'), '.png');
    for (const name of ['x.svs', 'x.SVS', 'x.btf', 'x.ome.tf8', 'x.tf2', 'x.qptiff'])
      assert.ok(imageExtension(name), name);
    assert.equal(imageExtension('x.npy'), null);
    assert.equal(imageExtension('tif'), null);
  });

  it('knows images that are not read, and metadata of sets', () => {
    const unread = ['a.ND2', 'a.nii.gz', 'a.zarr.zip', 'a.tif', 'a.txt', '.nd2'].filter(isUnreadImage);
    assert.deepEqual(unread, ['a.ND2', 'a.nii.gz', 'a.zarr.zip']);
    assert.deepEqual(['set.companion.ome', 'x.OME', '.companion.ome'].filter(isCompanion), ['set.companion.ome']);
  });
});
