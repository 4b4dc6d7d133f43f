import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Zyx } from '../../src/image/region';
import { objectTargets } from '../../src/objects/targets';
import { REFERENCES } from '../support/shared-data';

interface Reference {
  shape: Zyx;
  spacing: Zyx;
  labels: number[];
  boundary: number[];
  centre: number[];
}

const flat: Zyx = [1, 1, 1];

describe('targets of objects', () => {
  for (const name of ['2d', '2d-oblong', '3d']) {
    it(`are those of SciPy and scikit-image: ${name}`, () => {
      const file = path.join(REFERENCES, 'objects', `targets-${name}.json`);
      const { shape, spacing, labels, boundary, centre } = JSON.parse(readFileSync(file, 'utf8')) as Reference;
      const found = objectTargets(Int32Array.from(labels), shape, spacing);
      assert.deepEqual(
        [...found.foreground],
        labels.map((label) => (label === 0 ? 0 : 1)),
      );
      assertClose(found.boundary, boundary, 'boundary');
      assertClose(found.centre, centre, 'centre');
    });
  }

  it('a disc is 0 at its centre and on its boundary, and 1 beyond and farthest inside', () => {
    const { labels, size } = drawn(['.......', '.11111.', '.11111.', '.11111.', '.11111.', '.11111.', '.......']);
    const { boundary, centre } = objectTargets(labels, size, flat);
    assert.equal(boundary[24], 1);
    assert.equal(boundary[17], 0.5);
    assert.equal(boundary[10], 0);
    assert.equal(centre[24], 0);
    assert.equal(centre[8], 1);
    assert.deepEqual([boundary[0], centre[0]], [0, 1]);
  });

  it('objects that touch have a boundary between them', () => {
    const { labels, size } = drawn(['.........', '.1112222.', '.1112222.', '.1112222.', '.........']);
    const { boundary } = objectTargets(labels, size, flat);
    const row = [...boundary.subarray(18, 27)];
    assert.deepEqual(row, [0, 0, 1, 0, 0, 1, 1, 0, 0]);
  });

  it('the edge of the patch is no boundary, and the centre is that of what is seen', () => {
    const { labels, size } = drawn(['1111..', '1111..', '1111..', '......']);
    const { boundary, centre } = objectTargets(labels, size, flat);
    assert.equal(boundary[0], 1);
    assert.equal(boundary[3], 0);
    assert.ok(Math.abs(centre[8] - 0) < 1e-6);
  });

  it('parts of one number that do not touch are objects of their own, as in a mask', () => {
    const { labels, size } = drawn(['111....', '111....', '111....', '....111', '....111', '....111']);
    const { centre } = objectTargets(labels, size, flat);
    assert.equal(centre[8], 0);
    assert.equal(centre[33], 0);
  });

  it('of an object that is all boundary, or fills the patch, every voxel is inside', () => {
    const { labels, size } = drawn(['.....', '.111.', '.....']);
    assert.deepEqual([...objectTargets(labels, size, flat).boundary.subarray(5, 10)], [0, 1, 1, 1, 0]);
    const full = objectTargets(new Int32Array(12).fill(3), [1, 3, 4], flat);
    assert.deepEqual([...full.boundary], new Array(12).fill(1));
  });
});

function drawn(rows: string[]): { labels: Int32Array; size: Zyx } {
  const labels = Int32Array.from(rows.join(''), (sign) => (sign === '.' ? 0 : Number(sign)));
  return { labels, size: [1, rows.length, rows[0].length] };
}

function assertClose(found: Float32Array, expected: readonly number[], name: string): void {
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs(found[i] - value) < 2e-6, `${name}[${i}]: ${found[i]}, expected ${value}`);
  }
}
