import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import type { Zyx } from '../../src/image/region';
import { centredStart, drawPatch, gridOffsets, gridStarts, patchRegions } from '../../src/patches/draw';
import { hasIncluded, SamplingIndexBuilder, unflatten } from '../../src/patches/sampling-index';

const plan = { sizeZ: null, sizeY: 16, sizeX: 16, perImage: 6, sampling: 'balanced', overlap: 0, seed: 3 } as const;

function indexOf(shape: Zyx, target: (i: number) => boolean, weight?: (i: number) => boolean) {
  const builder = new SamplingIndexBuilder(shape);
  const plane = shape[1] * shape[2];
  for (let z = 0; z < shape[0]; z++) {
    const numbers = Array.from({ length: plane }, (_, i) => z * plane + i);
    const weights = weight ? numbers.map((i) => (weight(i) ? 1 : 0)) : null;
    builder.addRows(
      z,
      0,
      numbers.map((i) => (target(i) ? 7 : 0)),
      weights,
    );
  }
  return builder.build();
}

describe('a grid of patches', () => {
  it('covers an axis up to its last pixel', () => {
    assert.deepEqual(gridOffsets(10, 4, 0), [0, 4, 6]);
    assert.deepEqual(gridOffsets(12, 4, 0.5), [0, 2, 4, 6, 8]);
    assert.deepEqual(gridOffsets(4, 4, 0), [0]);
    assert.deepEqual(gridOffsets(5, 8, 0), [-1]);
  });

  it('takes each plane of a stack in 2D', () => {
    assert.equal(gridStarts([3, 8, 8], [1, 8, 8], 0.5).length, 3);
  });

  it('moves a patch into the image, or the image into its middle', () => {
    assert.deepEqual(centredStart([0, 0, 30], [1, 32, 32], [1, 16, 16]), [0, 0, 16]);
    assert.deepEqual(centredStart([0, 5, 5], [1, 10, 10], [1, 16, 16]), [0, -3, -3]);
  });
});

describe('patches/sampling-index', () => {
  it('counts foreground inside the weight only', () => {
    const index = indexOf(
      [2, 10, 12],
      (i) => i % 3 === 0,
      (i) => i >= 120,
    );
    assert.equal(index.foregroundCount, 40);
    assert.equal(index.includedCount, 120);
    assert.ok(index.foreground.every((flat) => flat >= 120 && flat % 3 === 0));
    assert.deepEqual(unflatten(index.foreground[0], index.shape), [1, 0, 0]);
  });

  it('keeps no list where nothing is excluded', () => {
    assert.equal(
      indexOf(
        [1, 4, 4],
        () => false,
        () => true,
      ).included,
      null,
    );
  });

  it('thins out evenly', () => {
    const builder = new SamplingIndexBuilder([1, 600, 600]);
    builder.addRows(0, 0, new Uint8Array(360_000).fill(1), null);
    const { foreground, foregroundCount } = builder.build();
    assert.equal(foregroundCount, 360_000);
    assert.ok(foreground.length <= 65536 && foreground.length > 32768);
    const gap = foreground[1] - foreground[0];
    assert.ok(foreground.every((flat, i) => flat === i * gap));
  });

  it('sees weight wherever a patch has some', () => {
    const index = indexOf(
      [1, 40, 37],
      () => false,
      (i) => i === 39 * 37 + 36,
    );
    assert.equal(hasIncluded(index, [0, 20, 20], [1, 20, 17]), true);
    assert.equal(hasIncluded(index, [0, 0, 0], [1, 32, 32]), false);
    assert.equal(hasIncluded(index, [0, -4, -4], [1, 48, 48]), true);
  });
});

describe('patches/draw', () => {
  it('centres on foreground with weight', () => {
    const spot = 20 * 64 + 33;
    const index = indexOf(
      [1, 64, 64],
      (i) => i === spot || i === 5,
      (i) => i !== 5,
    );
    for (let n = 0; n < 20; n++) {
      assert.deepEqual(drawPatch(index, plan, true, new Random(n)), [0, 12, 25]);
    }
  });

  it('draws every start, the last included, about equally often', () => {
    const index = indexOf([1, 18, 16], () => false);
    const hits = new Map<number, number>();
    for (let n = 0; n < 300; n++) {
      const [, y, x] = drawPatch(index, plan, false, new Random(9, n));
      assert.equal(x, 0);
      hits.set(y, (hits.get(y) ?? 0) + 1);
    }
    assert.deepEqual([...hits.keys()].sort(), [0, 1, 2]);
    for (const count of hits.values()) assert.ok(count > 70, `${count} of 300`);
  });

  it('never lies on excluded voxels alone', () => {
    const included = (i: number) => Math.floor(i / 128) > 117 && i % 128 > 117;
    const index = indexOf([1, 128, 128], () => false, included);
    for (let n = 0; n < 100; n++) {
      const [, y, x] = drawPatch(index, plan, n % 2 === 0, new Random(4, n));
      assert.ok(y + 16 > 118 && x + 16 > 118, `${y},${x}`);
    }
  });

  it('finds the planes of a stack with weight in 2D', () => {
    const index = indexOf(
      [9, 16, 16],
      () => false,
      (i) => Math.floor(i / 256) === 6,
    );
    for (let n = 0; n < 20; n++) assert.equal(drawPatch(index, plan, false, new Random(n))[0], 6);
  });
});

describe('the patches of an image', () => {
  const plainIndex = (shape: Zyx) => indexOf(shape, () => false);

  it('lists patches of each time point with all channels, the same each time', () => {
    const regions = patchRegions([2, 3, 1, 64, 64], plan, () => plainIndex([1, 64, 64]));
    assert.equal(regions.length, 12);
    assert.deepEqual(regions[0].size, [1, 3, 1, 16, 16]);
    assert.deepEqual(
      regions.map((r) => r.start[0]),
      [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1],
    );
    assert.deepEqual(
      regions,
      patchRegions([2, 3, 1, 64, 64], plan, () => plainIndex([1, 64, 64])),
    );
    assert.notDeepEqual(
      regions,
      patchRegions([2, 3, 1, 64, 64], { ...plan, seed: 4 }, () => plainIndex([1, 64, 64])),
    );
  });

  it('has no patch where everything is excluded', () => {
    const nothing = indexOf(
      [1, 64, 64],
      () => true,
      () => false,
    );
    assert.deepEqual(
      patchRegions([1, 1, 1, 64, 64], plan, () => nothing),
      [],
    );
  });

  it('cuts a patch to a smaller image', () => {
    const [region] = patchRegions([1, 1, 1, 10, 40], { ...plan, sampling: 'grid' }, () => plainIndex([1, 10, 40]));
    assert.deepEqual(region, { start: [0, 0, 0, 0, 0], size: [1, 1, 1, 10, 16] });
  });
});
