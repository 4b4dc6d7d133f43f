import assert from 'node:assert/strict';
import type { Zyx } from '../../src/image/region';
import { finished } from '../../src/objects/decode';
import { flood } from '../../src/objects/watershed';
import { goldenObjects, unpacked } from './golden';

interface Case {
  name: string;
  shape: Zyx;
  levels: string;
  seeds: string;
  mask: string;
  labels: string;
}

describe('the seeded watershed', () => {
  for (const { name, shape, levels, seeds, mask, labels } of goldenObjects<Case>('watershed')) {
    it(`is that of scikit-image: ${name}`, () => {
      const got = Int32Array.from(unpacked('int32', seeds));
      const inside = Uint8Array.from(unpacked('uint8', mask));
      finished(flood(got, inside, Uint16Array.from(unpacked('uint16', levels)), shape));
      const expected = Int32Array.from(unpacked('int32', labels));
      assert.deepEqual(got, expected);
    });
  }

  it('gives the same bytes each time, and leaves alone what no seed reaches', () => {
    const mask = Uint8Array.of(1, 1, 0, 1, 1, 1);
    const levels = Uint16Array.of(0, 5, 0, 7, 7, 7);
    const grown = () => {
      const labels = Int32Array.of(3, 0, 0, 0, 0, 0);
      finished(flood(labels, mask, levels, [1, 1, 6]));
      return labels;
    };
    assert.deepEqual(grown(), Int32Array.of(3, 3, 0, 0, 0, 0));
    assert.deepEqual(grown(), grown());
  });
});
