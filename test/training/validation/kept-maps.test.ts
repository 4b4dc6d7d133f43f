import assert from 'node:assert/strict';
import type { Zyx } from '../../../src/image/region';
import { binOf } from '../../../src/metrics/probability-histogram';
import type { ValidationItem } from '../../../src/training/data/fold-images';
import {
  COUNTS_BIT,
  packMap,
  packObjects,
  TRUE_BIT,
  unpackMap,
  unpackObjects,
} from '../../../src/training/validation/kept-maps';

const size: Zyx = [2, 7, 9];
const VOXELS = 2 * 7 * 9;
const item = (id: string) =>
  ({ id, image: { shape: [6, 7, 9] }, predicted: { start: [3, 0, 0], end: [5, 7, 9] } }) as unknown as ValidationItem;
const probabilities = Float32Array.from({ length: VOXELS }, (_, i) => i / (VOXELS - 1));
const target = Uint8Array.from({ length: VOXELS }, (_, i) => (i > 70 ? 1 : 0));
const weight = Uint8Array.from({ length: VOXELS }, (_, i) => (i % 5 === 0 ? 0 : 1));
const image = Float32Array.from({ length: VOXELS }, (_, i) => i / 7);

describe('maps that a training keeps', () => {
  it('come back as every threshold sees them, with a view of the fullest plane, whatever the length of a name', async () => {
    for (const id of ['a', 'bb', 'ccc', 'dddd']) {
      const pixels = { image, probabilities, target, weight, size };
      const packed = await packMap({ fold: 1, index: 0, form: 'tile-patch', item: item(id), pixels });
      const map = await unpackMap(packed, 'a map');
      assert.deepEqual(
        [map.id, map.size, map.isPart, map.view],
        [id, size, true, { plane: 1, z: 4, step: 1, width: 9, height: 7 }],
      );
      assert.deepEqual([...map.bins], Array.from(probabilities, binOf));
      const state = Array.from(target, (t, i) => (t ? TRUE_BIT : 0) | (weight[i] ? COUNTS_BIT : 0));
      assert.deepEqual([...map.state], state);
      assert.deepEqual([...map.raw], [...image.subarray(63)]);
      assert.ok(map.calibration && map.calibration.ece > 0);
    }
  });

  it('keep distances to a part in 65,535, and numbers of objects', async () => {
    const maps = Float32Array.from({ length: 3 * VOXELS }, (_, i) => (i % 100) / 99);
    const numbers = Int32Array.from({ length: VOXELS }, (_, i) => (i % 3 === 0 ? 70_000 + i : 0));
    const spacing: Zyx = [2.5, 1, 1];
    const packed = await packObjects({
      ...{ fold: 0, index: 0, item: item('a'), maps, numbers, weight, size, spacing, isPart: true },
    });
    const objects = await unpackObjects(packed, 'a map');
    assert.deepEqual([objects.size, objects.spacing, objects.isPart], [size, spacing, true]);
    assert.ok(maps.every((value, i) => Math.abs(value - objects.maps[i]) <= 0.5 / 65_535 + 1e-7));
    assert.deepEqual([...objects.numbers], [...numbers]);
    assert.deepEqual([...objects.weight], [...weight]);
  });

  it('are refused where a bit of them is wrong, or they are something else', async () => {
    const pixels = { image, probabilities, target, weight, size };
    const packed = await packMap({ fold: 1, index: 0, form: 'tile-patch', item: item('a'), pixels });
    packed[packed.length - 3] ^= 1;
    await assert.rejects(unpackMap(packed, '/runs/a.map'), { code: 'corrupt-file', message: /\/runs\/a\.map/ });
    await assert.rejects(unpackMap(packed.subarray(0, 40), 'cut'), { code: 'corrupt-file' });
    await assert.rejects(unpackMap(Buffer.from('no map'), 'text'), { code: 'corrupt-file' });
  });
});
