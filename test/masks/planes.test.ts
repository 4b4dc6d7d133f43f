import assert from 'node:assert/strict';
import { checkMaskShape, checkSameExtent, maskIndex } from '../../src/masks/planes';

describe('shapes', () => {
  it('lets a mask of one plane or one time point go through all', () => {
    checkMaskShape([1, 1, 1, 30, 40], 'mask', [3, 2, 9, 30, 40], 'raw');
    checkMaskShape([3, 1, 9, 30, 40], 'mask', [3, 2, 9, 30, 40], 'raw');
    assert.deepEqual([maskIndex(1, 5), maskIndex(9, 5)], [0, 5]);
  });

  it('names both shapes where a mask does not fit', () => {
    const message = /mask .*to fit raw of shape 1, 1, 9, 30, 40, got \[1,1,4,30,40\]/;
    assert.throws(() => checkMaskShape([1, 1, 4, 30, 40], 'mask', [1, 1, 9, 30, 40], 'raw'), { message });
    assert.throws(() => checkMaskShape([1, 3, 9, 30, 40], 'mask', [1, 1, 9, 30, 40], 'raw'), /one channel/);
    assert.throws(() => checkMaskShape([1, 1, 9, 30, 41], 'mask', [1, 1, 9, 30, 40], 'raw'), /30,41/);
  });

  it('names both shapes where a segmentation does not fit, whatever its channels', () => {
    checkSameExtent([1, 1, 4, 5, 6], 'seg1', [1, 3, 4, 5, 6], 'raw');
    const message = /seg1 .*as raw of shape 1, 1, 5, 5, 6, got \[1,1,4,5,6\]/;
    assert.throws(() => checkSameExtent([1, 1, 4, 5, 6], 'seg1', [1, 1, 5, 5, 6], 'raw'), { message });
  });
});
