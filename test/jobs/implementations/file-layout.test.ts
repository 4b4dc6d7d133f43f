import assert from 'node:assert/strict';
import type { Shape5 } from '../../../src/image/region';
import { fileLayout } from '../../../src/jobs/io/file-layout';

describe('the layout of a saved file', () => {
  const small: Shape5 = [1, 1, 500, 8192, 8192];
  const large: Shape5 = [1, 1, 1, 100, 8193];

  it('is strips, but a pyramid for a large plane of an OME-TIFF', () => {
    assert.deepEqual(fileLayout({ layout: 'auto', format: 'ome-tiff' }, small, 'raw'), {});
    assert.deepEqual(fileLayout({ layout: 'auto', format: 'ome-tiff' }, large, 'raw'), { tile: 512, pyramid: 'mean' });
    assert.deepEqual(fileLayout({ layout: 'auto', format: 'tiff' }, large, 'raw'), {});
    assert.deepEqual(fileLayout({ layout: 'strips', format: 'ome-tiff' }, large, 'raw'), {});
  });

  it('takes means of quantities only', () => {
    const pyramid = (role: string) => fileLayout({ layout: 'pyramid', format: 'ome-tiff' }, small, role).pyramid;
    assert.deepEqual(['raw', 'probability', 'weight'].map(pyramid), ['mean', 'mean', 'mean']);
    assert.deepEqual(['mask', 'labels', 'target', 'seg1'].map(pyramid), new Array(4).fill('nearest'));
    assert.deepEqual(fileLayout({ layout: 'tiles', format: 'ome-tiff' }, small, 'mask'), { tile: 512 });
  });
});
