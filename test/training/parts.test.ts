import assert from 'node:assert/strict';
import type { Sample } from '../../src/samples/sample';
import { heldOutBlocks } from '../../src/training/data/held-out-block';
import { splitSamples } from '../../src/training/data/split';
import { defaultRecipe } from '../../src/training/recipe';
import { averageDecayAt, budgetOf, epochsDone, learningRateAt } from '../../src/training/schedule';

describe('training/schedule', () => {
  const recipe = defaultRecipe(2, true);
  const budget = budgetOf({ epochs: 100, batchSize: 2 }, 10, 8);
  const settings = { learningRate: 0.001, maxMinutes: null };
  const rate = (step: number, of: { learningRate: number; maxMinutes: number | null } = settings, fine = false) =>
    learningRateAt(step, budget, recipe, of, fine);

  it('counts steps and epochs', () => {
    assert.equal(budget.steps, 4000);
    assert.equal(epochsDone(budget, 39), 0);
    assert.equal(epochsDone(budget, 40), 1);
    const odd = budgetOf({ epochs: 3, batchSize: 4 }, 1, 5);
    assert.deepEqual([odd.steps, ...[0, 1, 2, 3, 4].map((step) => epochsDone(odd, step))], [4, 0, 0, 1, 2, 3]);
  });

  it('warms up, then falls to almost nothing', () => {
    assert.ok(Math.abs(rate(0) - 2e-5) < 1e-12);
    assert.equal(rate(49), 0.001);
    for (let step = 51; step < 4000; step += 100) assert.ok(rate(step) < rate(step - 1));
    assert.ok(Math.abs(rate(3999) - 1e-5) < 1e-8);
  });

  it('needs no end with a time limit, whatever the limit', () => {
    assert.equal(rate(3000, { ...settings, maxMinutes: 4 }), rate(3000, { ...settings, maxMinutes: 400 }));
    assert.ok(Math.abs(rate(250, { ...settings, maxMinutes: 4 }) - 0.001 * Math.SQRT1_2) < 1e-9);
  });

  it('is lower in fine-tuning', () => {
    assert.ok(Math.abs(rate(149, settings, true) - 0.0003) < 1e-12);
    assert.ok(rate(49, settings, true) < rate(49) / 5);
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
