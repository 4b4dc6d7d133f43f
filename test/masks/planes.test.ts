import assert from 'node:assert/strict';
import { checkMaskShape, checkSameExtent, maskIndex, mergePlane, weightPlane } from '../../src/masks/planes';

describe('mergePlane', () => {
  it('takes the base outside and the other inside the mask, as 0 and 255', () => {
    const target = new Uint8Array(6).fill(7);
    const base = Uint16Array.of(0, 5, 300, 0, 1, 0);
    const other = Float32Array.of(0.5, 0, 0, 2, 0, 0);
    mergePlane(base, other, Uint8Array.of(0, 0, 0, 1, 1, 255), target);
    assert.deepEqual([...target], [0, 255, 255, 255, 0, 0]);
  });

  it('is the base without a mask', () => {
    const target = new Uint8Array(3);
    mergePlane(Int16Array.of(-1, 0, 9), Int16Array.of(0, 1, 0), null, target);
    assert.deepEqual([...target], [255, 0, 255]);
    mergePlane(Int16Array.of(0, 0, 9), null, null, target);
    assert.deepEqual([...target], [0, 0, 255]);
  });

  it('refuses NaN where it counts, and only there', () => {
    const nan = Float32Array.of(1, Number.NaN);
    const zero = new Float32Array(2);
    const target = new Uint8Array(2);
    assert.throws(() => mergePlane(nan, null, null, target), /base segmentation, pixel 1 of its rows.*NaN/);
    assert.throws(() => mergePlane(zero, nan, Uint8Array.of(0, 1), target), /other segmentation, pixel 1/);
    mergePlane(zero, nan, Uint8Array.of(1, 0), target);
    assert.deepEqual([...target], [255, 0]);
  });

  it('refuses planes of different size', () => {
    const [two, three] = [new Uint8Array(2), new Uint8Array(3)];
    assert.throws(() => mergePlane(two, three, two, two), /other segmentation.*expected 2, got 3/);
    assert.throws(() => mergePlane(two, two, three, two), /merging mask.*expected 2, got 3/);
    assert.throws(() => mergePlane(two, two, two, three), /target.*expected 2, got 3/);
  });
});

describe('weightPlane', () => {
  it('is 0 inside and 1 elsewhere', () => {
    const weight = new Uint8Array(4);
    weightPlane(Uint8Array.of(0, 1, 255, 0), weight);
    assert.deepEqual([...weight], [1, 0, 0, 1]);
  });

  it('refuses planes of different size', () => {
    assert.throws(() => weightPlane(new Uint8Array(4), new Uint8Array(5)), /weight.*expected 4, got 5/);
  });
});

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
