import assert from 'node:assert/strict';
import { halved, RowHalver } from '../../src/formats/pyramid';
import { dtypeOf, type PixelArray } from '../../src/image/dtype';
import { pattern } from './pixel-patterns';

/** All halved planes, given in groups of rows. */
function halve(pixels: PixelArray, width: number, height: number, how: 'mean' | 'nearest', groups: number[]): number[] {
  const halver = new RowHalver(width, height, dtypeOf(pixels), how);
  const out: number[] = [];
  for (let at = 0, i = 0; at < pixels.length; at += groups[i++ % groups.length] * width) {
    const rows = pixels.slice(at, at + groups[i % groups.length] * width);
    out.push(...halver.add(rows));
    rows.fill(0);
  }
  return out;
}

describe('halving rows as they come', () => {
  it('averages 2 x 2 pixels, fewer at odd borders, halves rounded up', () => {
    const pixels = Uint8Array.from([0, 1, 10, 2, 3, 20, 7, 8, 255]);
    assert.deepEqual(halve(pixels, 3, 3, 'mean', [1]), [2, 15, 8, 255]);
    assert.deepEqual(halve(Int16Array.from([-1, 0, -1, 0]), 2, 2, 'mean', [2]), [0]);
    assert.deepEqual(halve(Float32Array.from([1, 2, 3, 4]), 2, 2, 'mean', [2]), [2.5]);
    assert.deepEqual(halve(new Uint32Array(4).fill(2 ** 32 - 1), 2, 2, 'mean', [2]), [2 ** 32 - 1]);
  });

  it('the nearest pixel is the upper left one', () => {
    const pixels = Uint8Array.from([0, 1, 10, 2, 3, 20, 7, 8, 255]);
    assert.deepEqual(halve(pixels, 3, 3, 'nearest', [1]), [0, 10, 7, 255]);
  });

  it('does not depend on how many rows come at a time, over planes’ borders too', () => {
    for (const [width, height] of [
      [5, 7],
      [4, 6],
      [1, 1],
      [3, 1],
    ]) {
      const pixels = pattern('uint16', width * height * 4);
      const whole = halve(pixels, width, height, 'mean', [4 * height]);
      assert.equal(whole.length, 4 * halved(width) * halved(height));
      for (const groups of [[1], [2], [3, 1], [height + 1]]) {
        assert.deepEqual(halve(pixels, width, height, 'mean', groups), whole);
      }
    }
  });
});
