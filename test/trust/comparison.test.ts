import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { type ComparedImage, compareModels } from '../../src/trust/comparison';

const row = (i: number, first: number | null, second: number | null, file = `f${i}`): ComparedImage => ({
  ...{ id: `i${i}`, file, overlap: 0.9 },
  first: { dice: first, objects: 3, foreground: 0.1 },
  second: { dice: second, objects: 4, foreground: 0.1 },
});
const rows = (differences: readonly number[], file?: string) =>
  differences.map((by, i) => row(i, 0.8, 0.8 + by, file ?? `f${i}`));

describe('the comparison of two models', () => {
  it('finds a second better, worse or alike by the interval of the paired difference', () => {
    const second = (differences: number[]) => compareModels(rows(differences)).second;
    assert.equal(second([0.02, 0.03, 0.01, 0.02, 0.04, 0.02]), 'better');
    assert.equal(second([-0.02, -0.03, -0.01, -0.02, -0.04, -0.02]), 'worse');
    assert.equal(second([0.02, -0.03, 0.01, -0.02, 0.04, -0.01]), 'alike');
  });

  it('says nothing of few files, of many images of one file, and without a truth', () => {
    assert.equal(compareModels(rows([0.1, 0.1, 0.1, 0.1, 0.1])).second, 'unknown');
    assert.equal(compareModels(rows(new Array(20).fill(0.1), 'one')).second, 'unknown');
    const blind = compareModels([row(0, null, null)]);
    assert.deepEqual(
      [blind.second, blind.dice, blind.overlap, blind.objects],
      ['unknown', null, 0.9, { first: 3, second: 4 }],
    );
    assert.equal(compareModels([]).overlap, null);
  });

  it('has a challenger that is no better take over in no more than one night of twenty', () => {
    let tookOver = 0;
    for (let night = 0; night < 400; night++) {
      const random = new Random(5, night);
      const differences = Array.from({ length: 12 }, () => 0.02 * random.normal());
      if (compareModels(rows(differences)).second === 'better') tookOver++;
    }
    assert.ok(tookOver <= 20, `${tookOver} of 400`);
  });
});
