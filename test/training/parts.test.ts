import assert from 'node:assert/strict';
import type { Sample } from '../../src/samples/sample';
import { foldsOf } from '../../src/training/data/folds';
import { heldOutBlocks } from '../../src/training/data/held-out-block';
import { splitSamples } from '../../src/training/data/split';
import { defaultRecipe } from '../../src/training/recipe';
import { averageDecayAt, type Budget, epochsDone, learningRateAt, stepsOf } from '../../src/training/schedule';

describe('training/schedule', () => {
  const recipe = defaultRecipe(2, true);
  const budgetOf = (epochs: number, batchSize: number, epochPatches: number): Budget => {
    const epoch = { epochPatches, batchSize };
    return { ...epoch, steps: stepsOf(epochs, epoch) };
  };
  const budget = budgetOf(100, 2, 80);
  const rate = (step: number, fine = false) => learningRateAt(step, budget, recipe, { learningRate: 0.001 }, fine);

  it('counts steps and epochs', () => {
    assert.equal(budget.steps, 4000);
    assert.equal(epochsDone(budget, 39), 0);
    assert.equal(epochsDone(budget, 40), 1);
    const odd = budgetOf(3, 4, 5);
    assert.deepEqual([odd.steps, ...[0, 1, 2, 3, 4].map((step) => epochsDone(odd, step))], [4, 0, 0, 1, 2, 3]);
  });

  it('warms up, then falls to almost nothing', () => {
    assert.ok(Math.abs(rate(0) - 2e-5) < 1e-12);
    assert.equal(rate(49), 0.001);
    for (let step = 51; step < 4000; step += 100) assert.ok(rate(step) < rate(step - 1));
    assert.ok(Math.abs(rate(3999) - 1e-5) < 1e-8);
  });

  it('ends the epoch that the last step lies in', () => {
    const budget = { epochPatches: 16, batchSize: 2, steps: 20 };
    assert.deepEqual(
      [7, 8, 15, 16, 19, 20].map((step) => epochsDone(budget, step)),
      [0, 1, 1, 2, 2, 3],
    );
    assert.equal(epochsDone({ ...budget, steps: 3 }, 3), 1);
  });

  it('is lower in fine-tuning', () => {
    assert.ok(Math.abs(rate(149, true) - 0.0003) < 1e-12);
    assert.ok(rate(49, true) < rate(49) / 5);
  });

  it('averages over few steps at first', () => {
    assert.equal(averageDecayAt(0, recipe), 0.1);
    assert.equal(averageDecayAt(1e6, recipe), recipe.averageDecay);
  });
});

describe('training/split', () => {
  const sample = (id: string, split?: Sample['split'], uri = `file:///${id}`): Sample =>
    ({ id, split, raw: { uri } }) as unknown as Sample;

  it('follows the samples, and never uses test', () => {
    const samples = [sample('a', 'test'), sample('b', 'val'), sample('c', 'train'), sample('d')];
    assert.deepEqual(splitSamples(samples, 0.5, 0), { kind: 'given', train: [2, 3], validation: [1], test: [0] });
    assert.throws(() => splitSamples(samples.slice(0, 2), 0.2, 0), /got none \(1 for validation, 1 for test\)/);
  });

  it('draws files from the seed, scenes together', () => {
    const samples = Array.from({ length: 20 }, (_, i) => sample(`s${i}`, undefined, `file:///f${i >> 1}`));
    const split = splitSamples(samples, 0.2, 7);
    assert.equal(split.kind, 'files');
    assert.equal(split.validation.length, 4);
    assert.deepEqual(new Set(split.validation.map((i) => i >> 1)).size, 2);
    assert.deepEqual(
      [...split.train, ...split.validation].sort((a, b) => a - b),
      samples.map((_, i) => i),
    );
    assert.deepEqual(splitSamples(samples, 0.2, 7), split);
    const others = [1, 2, 3, 4].map((seed) => splitSamples(samples, 0.2, seed).validation.join());
    assert.ok(new Set(others).size > 1);
  });

  it('does not depend on the order of the samples', () => {
    const samples = Array.from({ length: 6 }, (_, i) => sample(`s${i}`));
    const chosen = (of: Sample[]) =>
      splitSamples(of, 0.3, 1)
        .validation.map((i) => of[i].id)
        .sort();
    assert.deepEqual(chosen(samples), chosen([...samples].reverse()));
  });

  describe('where some files have no foreground', () => {
    const isEmpty = ({ id }: Sample) => id.startsWith('empty');
    const set = (full: number, empty: number) => [
      ...Array.from({ length: full }, (_, i) => sample(`full${i}`)),
      ...Array.from({ length: empty }, (_, i) => sample(`empty${i}`)),
    ];
    const parts = (samples: Sample[], fraction: number, seed: number) => {
      const { kind, train, validation } = splitSamples(samples, fraction, seed, isEmpty);
      const counts = [train, validation].map((of) => of.filter((i) => !isEmpty(samples[i])).length);
      return { kind, full: counts, empty: [train.length - counts[0], validation.length - counts[1]] };
    };

    it('holds some with foreground out and learns from some, whatever seed and fraction', () => {
      for (const [full, empty] of [
        [4, 1],
        [4, 20],
        [10, 3],
        [30, 30],
      ]) {
        for (const fraction of [0.01, 0.2, 0.5, 0.99]) {
          for (let seed = 0; seed < 20; seed++) {
            const found = parts(set(full, empty), fraction, seed);
            assert.equal(found.kind, 'files');
            assert.ok(found.full[0] >= 1 && found.full[1] >= 1, `${[full, empty, fraction, seed]}: ${found.full}`);
            assert.deepEqual([found.full[0] + found.full[1], found.empty[0] + found.empty[1]], [full, empty]);
          }
        }
      }
    });

    it('holds both kinds out in proportion', () => {
      assert.deepEqual(parts(set(12, 8), 0.25, 3), { kind: 'files', full: [9, 3], empty: [6, 2] });
    });

    it('holds blocks out where fewer than four have any', () => {
      for (const [full, empty] of [
        [3, 1],
        [1, 9],
        [0, 6],
      ]) {
        assert.equal(parts(set(full, empty), 0.2, 1).kind, 'blocks');
      }
    });

    it('draws as without knowing where all have some', () => {
      const samples = set(9, 0);
      for (let seed = 0; seed < 9; seed++) {
        assert.deepEqual(splitSamples(samples, 0.3, seed, isEmpty), splitSamples(samples, 0.3, seed));
      }
    });

    it('counts a file whose other scene has foreground', () => {
      const scenes = [1, 2, 3, 4].flatMap((i) => [
        sample(`empty${i}`, undefined, `f${i}`),
        sample(`s${i}`, undefined, `f${i}`),
      ]);
      assert.equal(splitSamples(scenes, 0.25, 0, isEmpty).kind, 'files');
    });
  });

  it('takes one file at least, and blocks of fewer than four', () => {
    const samples = Array.from({ length: 4 }, (_, i) => sample(`s${i}`));
    assert.equal(splitSamples(samples, 0.01, 1).validation.length, 1);
    assert.equal(splitSamples(samples.slice(0, 3), 0.2, 1).kind, 'blocks');
    assert.deepEqual(splitSamples(samples, 0, 1).validation, []);
  });
});

describe('training/held-out-block', () => {
  it('holds out an end of the longest axis, half a patch apart', () => {
    const [end, start] = heldOutBlocks([32, 100, 200], [16, 32, 32], 3, 0.2);
    assert.deepEqual(end.scored, { start: [0, 0, 160], end: [32, 100, 200] });
    assert.deepEqual(end.trainable, { start: [0, 0, 0], end: [32, 100, 144] });
    assert.deepEqual(end.predicted, { start: [0, 0, 144], end: [32, 100, 200] });
    assert.deepEqual(start.scored, { start: [0, 0, 0], end: [32, 100, 40] });
    assert.deepEqual(start.trainable.start, [0, 0, 56]);
  });

  it('is no further apart than the network sees, and predicts a patch at least', () => {
    const [end] = heldOutBlocks([51, 120, 122], [32, 120, 124], 3, 0.2);
    assert.deepEqual([end.scored.start[2], end.trainable.end[2], end.predicted.start[2]], [94, 70, 0]);
  });

  it('cuts no planes in 2D, and nothing out of what is too small', () => {
    assert.ok(
      heldOutBlocks([200, 64, 64], [1, 32, 32], 2, 0.2).every(
        ({ scored }) => scored.end[0] === 200 && scored.start[0] === 0,
      ),
    );
    assert.deepEqual(heldOutBlocks([1, 4, 4], [1, 4, 8], 2, 0.2), []);
  });
});

describe('training/folds', () => {
  const sample = (id: string, uri = `file:///${id}`): Sample => ({ id, raw: { uri } }) as unknown as Sample;
  const never = () => false;
  const all = (samples: readonly Sample[]) => samples.map((_, i) => i);
  const of = (samples: readonly Sample[], isEmpty: (sample: Sample) => boolean = never, seed = 0) =>
    foldsOf(samples, all(samples), seed, isEmpty);

  it('are two of two or three files, three from four on, and hold each sample out once', () => {
    for (const [count, folds] of [
      [2, 2],
      [3, 2],
      [4, 3],
      [5, 3],
      [11, 3],
    ]) {
      for (let seed = 0; seed < 10; seed++) {
        const samples = Array.from({ length: count }, (_, i) => sample(`image${i}`));
        const { groups, level } = of(samples, never, seed) ?? { groups: [], level: null };
        assert.deepEqual([groups.length, level], [folds, 'acquisition']);
        assert.deepEqual(
          groups.flat(2).sort((a, b) => a - b),
          all(samples),
        );
        const sizes = groups.map((fold) => fold.length);
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `${sizes}`);
      }
    }
    assert.equal(of([sample('one')]), null);
    assert.equal(of([sample('a', 'f'), sample('b', 'f')]), null, 'scenes of one file');
  });

  it('keep together what was taken together, unless there is nothing else', () => {
    const wells = ['A01', 'A02', 'A03'].flatMap((well) => [1, 2, 3].map((field) => sample(`${well}_f${field}`)));
    const found = of(wells);
    assert.deepEqual([found?.level, found?.groups.flat().length], ['acquisition', 3]);
    for (const group of found?.groups.flat() ?? []) {
      assert.equal(new Set(group.map((i) => wells[i].id.slice(0, 3))).size, 1);
    }
    const positions = [1, 2].flatMap((place) => [1, 2].map((t) => sample(`dish_P${place}_t${t}`)));
    assert.equal(of(positions)?.level, 'position');
    assert.equal(of([1, 2, 3].map((t) => sample(`dish_t${t}`)))?.level, 'file');
  });

  it('spread files without foreground evenly, and have some with it on both sides', () => {
    const isEmpty = ({ id }: Sample) => id.startsWith('empty');
    const names = (word: string, count: number) => Array.from({ length: count }, (_, i) => sample(`${word}${i}`));
    for (let seed = 0; seed < 20; seed++) {
      const samples = [...names('full', 5), ...names('empty', 7)];
      const { groups } = of(samples, isEmpty, seed) ?? { groups: [] };
      const full = groups.map((fold) => fold.flat().filter((i) => !isEmpty(samples[i])).length);
      assert.deepEqual(full.toSorted(), [1, 2, 2]);
      assert.deepEqual(
        groups.map((fold) => fold.flat().length),
        [4, 4, 4],
      );
      assert.equal(of([...names('full', 1), ...names('empty', 5)], isEmpty, seed), null);
    }
  });

  it('do not depend on the order of the samples, but on the seed', () => {
    const samples = Array.from({ length: 9 }, (_, i) => sample(`s${i}`));
    const ids = (ordered: Sample[], seed = 1) =>
      JSON.stringify(
        of(ordered, never, seed)?.groups.map((fold) =>
          fold
            .flat()
            .map((i) => ordered[i].id)
            .sort(),
        ),
      );
    assert.equal(ids(samples), ids([...samples].reverse()));
    assert.notEqual(ids(samples), ids(samples, 2));
  });

  it('are made where twelve files are of fewer acquisitions, which are held out as wholes else', () => {
    const tiles = (scans: number) =>
      Array.from({ length: 3 * scans }, (_, i) => sample(`scan${Math.floor(i / 3)}_y${512 * (i % 3)}_x0`));
    const few = splitSamples(tiles(11), null, 1);
    assert.deepEqual([few.kind, few.folds?.level, few.folds?.groups.flat().length], ['folds', 'acquisition', 11]);
    const many = splitSamples(tiles(12), null, 1);
    assert.equal(many.kind, 'files');
    const scanOf = (i: number) => Math.floor(i / 3);
    const held = new Set(many.validation.map(scanOf));
    assert.deepEqual([many.validation.length, held.size], [6, 2]);
    assert.ok(many.train.every((i) => !held.has(scanOf(i))));
  });

  it('are made where nobody says how to judge fewer than twelve files', () => {
    const set = (count: number) => Array.from({ length: count }, (_, i) => sample(`s${i}`));
    const kinds = [1, 2, 11, 12].map((count) => splitSamples(set(count), null, 1).kind);
    assert.deepEqual(kinds, ['block-folds', 'folds', 'folds', 'files']);
    assert.equal(splitSamples(set(12), null, 1).validation.length, 2);
    const given = [...set(3), { ...sample('v'), split: 'val' as const }];
    assert.equal(splitSamples(given, null, 1).kind, 'given');
    assert.equal(splitSamples(set(3), 0.2, 1).kind, 'blocks');
  });
});
