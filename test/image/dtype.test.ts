import assert from 'node:assert/strict';
import { allocate, bytesOf, bytesPerPixel, DTYPES, dtypeOf, isFloat, viewAs } from '../../src/image/dtype';

describe('pixel types', () => {
  it('arrays of every type know their type and size', () => {
    for (const dtype of DTYPES) {
      const pixels = allocate(dtype, 3);
      assert.equal(dtypeOf(pixels), dtype);
      assert.equal(pixels.byteLength, 3 * bytesPerPixel(dtype));
      assert.equal(isFloat(dtype), dtype.startsWith('float'));
    }
  });

  it('bytes are viewed where aligned and copied where not', () => {
    const bytes = Uint8Array.of(9, 1, 0, 2, 0, 0, 0, 0);
    assert.deepEqual([...viewAs('uint16', bytes.subarray(1, 5))], [1, 2]);
    const aligned = viewAs('uint16', bytes.subarray(2, 4));
    aligned[0] = 0x0504;
    assert.deepEqual([...bytes.subarray(2, 4)], [4, 5]);
  });

  it('the bytes of part of an array are those of the part', () => {
    const part = Uint16Array.of(1, 2, 3).subarray(1, 2);
    assert.deepEqual([...bytesOf(part)], [2, 0]);
  });
});
