import assert from 'node:assert/strict';
import type { Zyx } from '../../src/image/region';
import { patchSize, roundUp, suggestPatch, suggestPlan, validatePlan } from '../../src/patches/plan';

describe('patches/plan', () => {
  const cases: Array<[string, Zyx[], 2 | 3, Array<number | null>]> = [
    ['a large plane', [[1, 2048, 2048]], 2, [null, 256, 256]],
    ['a small plane', [[1, 101, 250]], 2, [null, 96, 256]],
    ['a stack in 2D', [[60, 300, 300]], 2, [null, 256, 256]],
    ['a large stack', [[64, 512, 512]], 3, [32, 128, 128]],
    ['a thin stack', [[8, 512, 512]], 3, [8, 256, 256]],
    ['a small cube', [[100, 100, 100]], 3, [48, 96, 96]],
    ['a stack that no multiple fits', [[51, 120, 122]], 3, [32, 112, 128]],
    ['a narrow stack', [[64, 40, 2000]], 3, [32, 32, 512]],
    [
      'the middle of several',
      [
        [1, 64, 64],
        [1, 512, 512],
        [1, 512, 512],
      ],
      2,
      [null, 256, 256],
    ],
  ];
  for (const [name, shapes, dimensions, expected] of cases) {
    it(`suggests sizes for ${name}`, () => {
      const { sizeZ, sizeY, sizeX } = suggestPatch(shapes, dimensions);
      assert.deepEqual([sizeZ, sizeY, sizeX], expected);
    });
  }

  it('suggests plans that are valid and no larger than the image rounded up', () => {
    for (const shape of [
      [5, 9, 17],
      [33, 65, 31],
      [7, 700, 90],
    ] as Zyx[]) {
      for (const divisor of [4, 8]) {
        const required: Zyx = [divisor, divisor, divisor];
        const plan = suggestPlan([shape], 3, { required, preferred: 1 });
        validatePlan(plan, 3, required);
        patchSize(plan).forEach((size, axis) => {
          assert.ok(size <= roundUp(shape[axis], divisor));
        });
      }
    }
  });

  it('names the size that is no multiple of 4', () => {
    const plan = suggestPlan([[1, 64, 64]], 2);
    assert.throws(() => validatePlan({ ...plan, sizeY: 30 }, 2), /patch sizeY: expected a multiple of 4, got 30/);
    assert.throws(
      () => validatePlan({ ...plan, sizeX: 20 }, 2, [1, 8, 8]),
      /patch sizeX: expected a multiple of 8, got 20/,
    );
    assert.throws(() => validatePlan({ ...plan, sizeX: 0 }, 2), /patch sizeX: expected a multiple of 4, got 0/);
  });

  it('tells 2D from 3D', () => {
    const plan = suggestPlan([[64, 64, 64]], 3);
    assert.throws(() => validatePlan(plan, 2), /patch sizeZ: expected nothing \(blank\) for a 2D model, got 64/);
    assert.throws(() => validatePlan({ ...plan, sizeZ: null }, 3), /patch sizeZ: .* 3D model, got null/);
  });

  it('refuses a patch of a single voxel at the coarsest level', () => {
    const plan = { ...suggestPlan([[1, 64, 64]], 2), sizeY: 4, sizeX: 4 };
    assert.throws(() => validatePlan(plan, 2), /patch size: expected more than 4 x 4/);
    validatePlan({ ...plan, sizeX: 8 }, 2);
  });
});
