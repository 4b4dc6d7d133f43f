import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { Random } from '../../src/base/random';
import type { Zyx } from '../../src/image/region';
import { applyThreshold } from '../../src/thresholding/apply';
import { type Connectivity, findComponents, labelObjects, ObjectPainter } from '../../src/thresholding/components';
import { complementRow, complementRows } from '../../src/thresholding/fill-holes';
import { RunEncoder, RunList, RunRoom } from '../../src/thresholding/runs';
import { scratchFolder } from '../models/support';
import { needShared } from '../support/shared-data';
import { goldenCases } from './golden';
import { encodeRuns, labelsOf, maskOf, measured, objectsOf, runsOf, withoutPauses } from './in-memory';
import { floodLabels, randomMask } from './naive-labels';

const SHAPES: Zyx[] = [
  [1, 1, 1],
  [1, 1, 9],
  [1, 9, 1],
  [1, 13, 17],
  [2, 6, 7],
  [5, 8, 9],
];
const CONNECTIVITIES: Connectivity[] = ['faces', 'full'];

describe('thresholding/components', () => {
  it('counts, cleans and fills the reference masks as scikit-image and scipy do', function () {
    for (const golden of goldenCases(needShared(this, 'data/golden/threshold'))) {
      const mask = applyThreshold(golden.pixels, golden.thresholds.otsu as number);
      assert.equal(mask.filter(Boolean).length, golden.otsuForegroundVoxels, golden.name);
      assert.equal(objectsOf(mask, golden.shape, 'faces').count, golden.objects.faceConnected, golden.name);
      assert.equal(objectsOf(mask, golden.shape, 'full').count, golden.objects.fullyConnected, golden.name);
      const large = objectsOf(mask, golden.shape, 'faces', { minSize: 20 });
      const { voxels, objects } = golden.afterRemoveSmallObjects20FaceConnected;
      assert.equal(maskOf(large).filter(Boolean).length, voxels, golden.name);
      assert.equal(large.count, objects, golden.name);
      const filled = maskOf(objectsOf(mask, golden.shape, 'faces', { fill: true })).filter(Boolean).length;
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
          const objects = objectsOf(mask, shape, connectivity);
          assert.deepEqual(labelsOf(objects), expected, `${shape} ${density} ${connectivity}`);
          assert.equal(objects.count, Math.max(0, ...expected));
        }
      }
    }
  });

  it('joins objects over corners only when told to', () => {
    const diagonal = Uint8Array.of(255, 0, 0, 255);
    assert.equal(objectsOf(diagonal, [1, 2, 2], 'faces').count, 2);
    assert.equal(objectsOf(diagonal, [1, 2, 2], 'full').count, 1);
    const corner = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 1);
    assert.equal(objectsOf(corner, [2, 2, 2], 'faces').count, 2);
    assert.equal(objectsOf(corner, [2, 2, 2], 'full').count, 1);
  });

  it('takes and paints rows piece by piece', () => {
    const shape: Zyx = [5, 4, 6];
    const mask = randomMask(new Random(2), shape, 0.5);
    const encoder = new RunEncoder(shape);
    encoder.add(mask.subarray(0, 18));
    encoder.add(mask.subarray(18, 96));
    assert.throws(() => encoder.finish(), { message: /20 rows, got 16/ });
    encoder.add(mask.subarray(96));
    assert.deepEqual(runsOf(encoder.finish()), runsOf(encodeRuns(mask, shape)));
    const objects = objectsOf(mask, shape, 'faces');
    const [painter, labels] = [new ObjectPainter(objects), new Uint16Array(120)];
    const painted = new ObjectPainter(objects);
    for (const [from, to] of [
      [0, 6],
      [6, 60],
      [60, 120],
    ]) {
      const part = new Uint8Array(to - from).fill(9);
      painter.mask(part);
      assert.deepEqual(part, mask.subarray(from, to));
      painted.labels(labels.subarray(from, to));
    }
    assert.deepEqual([...labels], [...labelsOf(objects)]);
    assert.throws(() => painter.mask(new Uint8Array(6)), { code: 'invalid-input', message: /whole rows/ });
  });

  it('refuses rows that do not fit, and more objects than the label type can number', () => {
    assert.throws(() => encodeRuns(new Uint8Array(5), [1, 2, 3]), { code: 'invalid-input', message: /whole rows/ });
    assert.throws(() => encodeRuns(new Uint8Array(12), [1, 2, 3]), { code: 'invalid-input' });
    const width = 131074;
    const dots = Uint8Array.from({ length: width }, (_, i) => (i % 2 === 0 ? 1 : 0));
    const objects = objectsOf(dots, [1, 1, width], 'faces');
    assert.throws(() => new ObjectPainter(objects).labels(new Uint16Array(width)), {
      message: /65535 objects.*got 65537/,
    });
  });

  it('complements twice to the same', () => {
    const random = new Random(5);
    const into = { data: new Int32Array(0), from: 0, count: 0 };
    for (const shape of SHAPES) {
      const mask = randomMask(random, shape, 0.5);
      const inverse = new RunList(shape);
      const twice: number[][][] = [];
      for (const row of complementRows(encodeRuns(mask, shape))) {
        for (let i = row.from; i < row.from + 2 * row.count; i += 2) inverse.push(row.data[i], row.data[i + 1]);
        inverse.nextRow();
        complementRow(row, shape[2], into);
        twice.push(Array.from({ length: into.count }, (_, i) => [into.data[2 * i], into.data[2 * i + 1]]));
      }
      const negative = mask.map((v) => 255 - v);
      assert.deepEqual(runsOf(inverse.finish()), runsOf(encodeRuns(negative, shape)));
      assert.deepEqual(twice, runsOf(encodeRuns(mask, shape)));
    }
  });

  it('pauses now and then in long work', () => {
    const rows = function* () {
      for (let row = 0; row < 600_000; row++) yield { data: new Int32Array(0), from: 0, count: 0 };
    };
    const work = findComponents(rows(), [1, 600_000, 1], 'faces', () => undefined);
    let pauses = 0;
    while (!work.next().done) pauses++;
    assert.equal(pauses, 2);
  });
});

describe('runs in a file', () => {
  const folder = scratchFolder();

  it('gives the same labels, tables and masks as in memory, and leaves nothing behind', () => {
    const random = new Random(29);
    // Long enough for several chunks, one row longer than a chunk.
    const shapes: Zyx[] = [
      [1, 3000, 1500],
      [1, 2, 2_400_000],
      [9, 200, 900],
    ];
    for (const shape of shapes) {
      const mask = randomMask(random, shape, 0.42);
      const options = { minSize: 3, fill: true };
      const expected = objectsOf(mask, shape, 'full', options);
      const room = new RunRoom(1000, folder());
      const spilled = objectsOf(mask, shape, 'full', { ...options, room });
      assert.deepEqual([spilled.count, spilled.size], [expected.count, expected.size]);
      const same = (a: Int32Array | Uint8Array, b: Int32Array | Uint8Array) => Buffer.compare(view(a), view(b)) === 0;
      assert.ok(same(labelsOf(spilled), labelsOf(expected)));
      assert.ok(same(maskOf(spilled), maskOf(expected)));
      room.close();
    }
    assert.deepEqual(readdirSync(folder()), []);
  });

  it('counts memory that several volumes share', () => {
    const room = new RunRoom(120, folder());
    const first = encodeRuns(new Uint8Array(60).fill(1), [1, 10, 6], room);
    const measuredFirst = measured(withoutPauses(labelObjects(first, 'faces')), null);
    assert.ok(!room.hold(1));
    first.close();
    assert.ok(room.hold(120));
    assert.equal(measuredFirst[0].size, 60);
    room.close();
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
          assert.deepEqual(maskOf(objectsOf(mask, shape, connectivity, { minSize })), expected);
        }
      }
    }
    assert.throws(() => objectsOf(Uint8Array.of(1), [1, 1, 1], 'faces', { minSize: -1 }), { message: /minSize/ });
  });

  it('fills the background that no face path joins to the border', () => {
    const random = new Random(17);
    for (const shape of SHAPES) {
      for (const density of [0.5, 0.7, 0.85]) {
        const mask = randomMask(random, shape, density);
        assert.deepEqual(maskOf(objectsOf(mask, shape, 'faces', { fill: true })), naiveFill(mask, shape), `${shape}`);
      }
    }
  });

  it('fills before it removes', () => {
    const ring = [0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0];
    const both = objectsOf(Uint8Array.from(ring), [1, 5, 5], 'faces', { minSize: 9, fill: true });
    assert.equal(maskOf(both).filter(Boolean).length, 9);
    const removed = objectsOf(Uint8Array.from(ring), [1, 5, 5], 'faces', { minSize: 9 });
    assert.deepEqual([removed.count, maskOf(removed).filter(Boolean).length], [0, 0]);
  });

  it('numbers the objects that stay without gaps', () => {
    const row = Uint8Array.of(1, 0, 1, 1, 0, 1, 0, 1, 1, 1);
    const objects = objectsOf(row, [1, 1, 10], 'faces', { minSize: 2 });
    assert.deepEqual([...labelsOf(objects)], [0, 0, 1, 1, 0, 0, 0, 2, 2, 2]);
    assert.deepEqual([...objects.size], [0, 2, 3]);
  });
});

function view(array: Int32Array | Uint8Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function naiveFill(mask: Uint8Array, shape: Zyx): Uint8Array {
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
