import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { applyThreshold } from '../../src/thresholding/apply';
import { cleanUp, fillEnclosed, removeSmallObjects } from '../../src/thresholding/clean-up';
import { type Connectivity, labelRuns, paintLabels } from '../../src/thresholding/components';
import { complement, encodeRuns, paintMask, RunEncoder, type Runs, type Shape3 } from '../../src/thresholding/runs';
import { needShared } from '../support/shared-data';
import { goldenCases } from './golden';
import { floodLabels, randomMask } from './naive-labels';

const SHAPES: Shape3[] = [
  [1, 1, 1],
  [1, 1, 9],
  [1, 9, 1],
  [1, 13, 17],
  [2, 6, 7],
  [5, 8, 9],
];
const CONNECTIVITIES: Connectivity[] = ['faces', 'full'];

function decode(runs: Runs): Uint8Array {
  const [z, y, x] = runs.shape;
  const mask = new Uint8Array(z * y * x);
  paintMask(runs, 0, z, mask);
  return mask;
}

function labelMask(mask: Uint8Array, shape: Shape3, connectivity: Connectivity): { labels: Int32Array; count: number } {
  const objects = labelRuns(encodeRuns(mask, shape), connectivity);
  const labels = new Int32Array(mask.length);
  paintLabels(objects, 0, shape[0], labels);
  return { labels, count: objects.count };
}

describe('thresholding/components', () => {
  it('counts, cleans and fills the reference masks as scikit-image and scipy do', function () {
    for (const golden of goldenCases(needShared(this, 'data/golden/threshold'))) {
      const mask = applyThreshold(golden.pixels, golden.thresholds.otsu as number);
      assert.equal(mask.filter(Boolean).length, golden.otsuForegroundVoxels, golden.name);
      const runs = encodeRuns(mask, golden.shape);
      assert.equal(labelRuns(runs, 'faces').count, golden.objects.faceConnected, golden.name);
      assert.equal(labelRuns(runs, 'full').count, golden.objects.fullyConnected, golden.name);
      const large = removeSmallObjects(runs, 20, 'faces');
      const { voxels, objects } = golden.afterRemoveSmallObjects20FaceConnected;
      assert.equal(decode(large).filter(Boolean).length, voxels, golden.name);
      assert.equal(labelRuns(large, 'faces').count, objects, golden.name);
      const filled = decode(fillEnclosed(runs)).filter(Boolean).length;
      assert.equal(filled, golden.afterFillHolesVoxels, golden.name);
    }
  });

  it('labels as a flood fill does, by first appearance in C order', () => {
    const random = new Random(11);
    for (const shape of SHAPES) {
      for (const density of [0, 0.2, 0.4, 0.6, 0.9, 1]) {
        for (const connectivity of CONNECTIVITIES) {
          const mask = randomMask(random, shape, density);
          const expected = floodLabels(mask, shape, connectivity);
          const { labels, count } = labelMask(mask, shape, connectivity);
          assert.deepEqual(labels, expected, `${shape} ${density} ${connectivity}`);
          assert.equal(count, Math.max(0, ...expected));
        }
      }
    }
  });

  it('joins objects over corners only when told to', () => {
    const diagonal = Uint8Array.of(255, 0, 0, 255);
    assert.equal(labelMask(diagonal, [1, 2, 2], 'faces').count, 2);
    assert.equal(labelMask(diagonal, [1, 2, 2], 'full').count, 1);
    const corner = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 1);
    assert.equal(labelMask(corner, [2, 2, 2], 'faces').count, 2);
    assert.equal(labelMask(corner, [2, 2, 2], 'full').count, 1);
  });

  it('takes and paints planes piece by piece', () => {
    const shape: Shape3 = [5, 4, 6];
    const mask = randomMask(new Random(2), shape, 0.5);
    const encoder = new RunEncoder(shape);
    encoder.add(mask.subarray(0, 24));
    encoder.add(mask.subarray(24, 96));
    assert.throws(() => encoder.finish(), { message: /5 planes, got 4/ });
    encoder.add(mask.subarray(96));
    const runs = encoder.finish();
    assert.deepEqual(runs, encodeRuns(mask, shape));
    const planes = new Uint8Array(48).fill(9);
    paintMask(runs, 2, 2, planes);
    assert.deepEqual(planes, mask.subarray(48, 96));
    const objects = labelRuns(runs, 'faces');
    const labels = new Uint16Array(48).fill(9);
    paintLabels(objects, 2, 2, labels);
    assert.deepEqual([...labels], [...labelMask(mask, shape, 'faces').labels.subarray(48, 96)]);
  });

  it('refuses planes that do not fit, and more objects than the label type can number', () => {
    assert.throws(() => encodeRuns(new Uint8Array(5), [1, 2, 3]), { code: 'invalid-input', message: /whole planes/ });
    assert.throws(() => encodeRuns(new Uint8Array(12), [1, 2, 3]), { code: 'invalid-input' });
    const width = 131074;
    const dots = Uint8Array.from({ length: width }, (_, i) => (i % 2 === 0 ? 1 : 0));
    const objects = labelRuns(encodeRuns(dots, [1, 1, width]), 'faces');
    assert.throws(() => paintLabels(objects, 0, 1, new Uint16Array(width)), { message: /65535 objects.*got 65537/ });
  });

  it('complements twice to the same', () => {
    const random = new Random(5);
    for (const shape of SHAPES) {
      const mask = randomMask(random, shape, 0.5);
      const inverse = complement(encodeRuns(mask, shape));
      assert.deepEqual(
        decode(inverse),
        mask.map((v) => 255 - v),
      );
      assert.deepEqual(complement(inverse), encodeRuns(mask, shape));
    }
  });
});

describe('thresholding/clean-up', () => {
  it('removes objects with fewer pixels than minSize, as counted in the label image', () => {
    const random = new Random(13);
    for (const shape of SHAPES) {
      for (const connectivity of CONNECTIVITIES) {
        const mask = randomMask(random, shape, 0.45);
        const labels = floodLabels(mask, shape, connectivity);
        for (const minSize of [0, 1, 2, 3, 8]) {
          const expected = mask.map((v, i) => (labels.filter((l) => l === labels[i]).length >= minSize ? v : 0));
          assert.deepEqual(decode(removeSmallObjects(encodeRuns(mask, shape), minSize, connectivity)), expected);
        }
      }
    }
    assert.throws(() => removeSmallObjects(encodeRuns(Uint8Array.of(1), [1, 1, 1]), -1, 'faces'), {
      message: /minSize/,
    });
  });

  it('fills the background that no face path joins to the border', () => {
    const random = new Random(17);
    for (const shape of SHAPES) {
      for (const density of [0.5, 0.7, 0.85]) {
        const mask = randomMask(random, shape, density);
        assert.deepEqual(decode(fillEnclosed(encodeRuns(mask, shape))), naiveFill(mask, shape), `${shape}`);
      }
    }
  });

  it('fills before it removes', () => {
    const ring = [0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0];
    const runs = encodeRuns(Uint8Array.from(ring), [1, 5, 5]);
    const both = cleanUp(runs, { minSize: 9, fillHoles: true, connectivity: 'faces' });
    assert.equal(decode(both).filter(Boolean).length, 9);
    const removed = cleanUp(runs, { minSize: 9, fillHoles: false, connectivity: 'faces' });
    assert.equal(removed.start.length, 0);
  });
});

function naiveFill(mask: Uint8Array, shape: Shape3): Uint8Array {
  const [depth, height, width] = shape;
  const labels = floodLabels(
    mask.map((v) => 255 - v),
    shape,
    'faces',
  );
  const open = new Set<number>();
  labels.forEach((label, i) => {
    const x = i % width;
    const y = Math.floor(i / width) % height;
    const z = Math.floor(i / (width * height));
    const zBorder = depth > 1 && (z === 0 || z === depth - 1);
    if (x === 0 || x === width - 1 || y === 0 || y === height - 1 || zBorder) open.add(label);
  });
  return mask.map((v, i) => (v === 0 && open.has(labels[i]) ? 0 : 255));
}
