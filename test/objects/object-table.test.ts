import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import type { Zyx } from '../../src/image/region';
import { ObjectMeasures } from '../../src/objects/object-table';
import { measured, objectsOf } from '../thresholding/in-memory';
import { floodLabels, randomMask } from '../thresholding/naive-labels';

describe('objects/object-table', () => {
  it('measures objects of a plane in pixels and micrometres', () => {
    const mask = Uint8Array.from([0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1]);
    const objects = objectsOf(mask, [1, 3, 4], 'faces');
    const rows = measured(objects, { z: null, y: 0.5, x: 0.25 });
    assert.deepEqual(rows[0], {
      label: 1,
      size: 4,
      sizeMicrometres: 0.5,
      centroid: { z: 0, y: 0.5, x: 1.5 },
      centroidMicrometres: { z: 0, y: 0.25, x: 0.375 },
      meanIntensity: null,
      box: { start: { z: 0, y: 0, x: 1 }, size: { z: 1, y: 2, x: 2 } },
    });
    assert.deepEqual(rows[1].centroid, { z: 0, y: 2, x: 3 });
    assert.equal(rows.length, 2);
  });

  it('agrees with sums over the label image in 3D', () => {
    const shape: Zyx = [4, 7, 9];
    const random = new Random(23);
    const mask = randomMask(random, shape, 0.35);
    const labels = floodLabels(mask, shape, 'full');
    const raw = Uint16Array.from(mask, () => random.integer(60000));
    const objects = objectsOf(mask, shape, 'full');
    const pixelSize = { z: 2, y: 0.5, x: 0.1 };
    const rows = measured(objects, pixelSize, raw);
    assert.equal(rows.length, Math.max(...labels));
    for (const row of rows) {
      const voxels = [...labels.keys()].filter((i) => labels[i] === row.label);
      const z = voxels.map((i) => Math.floor(i / 63));
      const y = voxels.map((i) => Math.floor(i / 9) % 7);
      const x = voxels.map((i) => i % 9);
      assert.equal(row.size, voxels.length);
      assert.deepEqual(row.centroid, { z: mean(z), y: mean(y), x: mean(x) });
      assert.ok(Math.abs((row.sizeMicrometres ?? 0) - voxels.length * 0.1) < 1e-12);
      assert.ok(Math.abs((row.centroidMicrometres?.x ?? -1) - mean(x) * 0.1) < 1e-12);
      assert.equal(row.meanIntensity, mean(voxels.map((i) => raw[i])));
      assert.deepEqual(row.box.start, { z: Math.min(...z), y: Math.min(...y), x: Math.min(...x) });
      assert.deepEqual(row.box.size, { z: extent(z), y: extent(y), x: extent(x) });
    }
  });

  it('states no micrometres where a step is unknown, and no mean where a raw pixel is NaN', () => {
    const objects = objectsOf(new Uint8Array(2).fill(1), [2, 1, 1], 'faces');
    const [unknownStep] = measured(objects, { z: null, y: 1, x: 1 });
    assert.equal(unknownStep.sizeMicrometres, null);
    assert.equal(unknownStep.centroidMicrometres, null);
    assert.equal(measured(objects, null, Float32Array.of(1, Number.NaN))[0].meanIntensity, null);
    assert.throws(() => [...new ObjectMeasures(objects).rows(null)], { message: /2 rows, got 0/ });
  });

  it('is empty for an empty mask', () => {
    assert.deepEqual(measured(objectsOf(new Uint8Array(4), [1, 2, 2], 'faces'), null), []);
  });
});

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function extent(values: number[]): number {
  return Math.max(...values) - Math.min(...values) + 1;
}
