import assert from 'node:assert/strict';
import type { Sample } from '../../../src/samples/sample';
import { splitSamples } from '../../../src/training/data/split';
import { Visits } from '../../../src/training/data/visits';
import { train } from '../../../src/training/train';
import { fakeEngine, useTrainings } from '../fixtures';

describe('a training with samples that a model labelled', () => {
  const { album, samples, prepare, environment } = useTrainings();
  const predicted = (id: string, more: Partial<Sample> = {}) =>
    album().sample(id, [1, 1, 1, 32, 32], { origin: 'predicted', ...more });

  it('never holds any of them out, whatever the draw', () => {
    const people = Array.from({ length: 6 }, (_, i) => album().sample(`people${i}`));
    const all = [
      predicted('p0'),
      ...people,
      predicted('p1'),
      predicted('val', { split: 'val' }),
      predicted('test', { split: 'test' }),
    ];
    const judgedBy = (of: readonly Sample[], fraction: number, seed: number) => {
      const split = splitSamples(of, fraction, seed);
      assert.ok(
        split.validation.every((i) => of[i].origin === undefined),
        split.kind,
      );
      assert.ok(split.train.some((i) => of[i].id === 'p0') && split.train.some((i) => of[i].id === 'p1'));
      assert.ok(!split.train.some((i) => ['val', 'test'].includes(of[i].id)));
      return split;
    };
    for (let seed = 0; seed < 10; seed++) {
      const { kind, validation } = judgedBy(all, 0.3, seed);
      assert.equal(kind, 'files');
      // The same files are held out as without those of the model: what was judged before is judged again.
      const without = splitSamples(people, 0.3, seed);
      assert.deepEqual(
        validation.map((i) => all[i].id),
        without.validation.map((i) => people[i].id),
      );
    }
    assert.equal(judgedBy([...all.slice(0, 4), predicted('p1')], 0.3, 1).kind, 'blocks');
    assert.equal(judgedBy(all, 0, 1).kind, 'none');
    assert.equal(judgedBy([...all, album().sample('given', undefined, { split: 'val' })], 0.3, 1).kind, 'given');
    assert.throws(() => splitSamples([predicted('p0')], 0.2, 1), {
      code: 'invalid-input',
      message: /expected one at least that people labelled, got none .*1 labelled by a model/,
    });
  });

  it('gives them at most every second patch, in pairs of either order, and visits all of a kind equally often', () => {
    for (const [people, models, each] of [
      [4, 2, 8],
      [2, 10, 8],
      [3, 3, 4],
      [1, 1, 2],
      [5, 1, 3],
    ]) {
      const images = [
        ...Array.from({ length: people }, (_, i) => ({ id: `a${i}`, isPredicted: false })),
        ...Array.from({ length: models }, (_, i) => ({ id: `m${i}`, isPredicted: true })),
      ];
      const patches = images.length * each * 20;
      const visits = new Visits(images, images.length * each, 3);
      const seen = Array.from({ length: patches }, (_, number) => visits.of(number));
      for (let pair = 0; pair < patches; pair += 2) {
        assert.ok(seen.slice(pair, pair + 2).filter(({ isPredicted }) => isPredicted).length <= 1, `${pair}`);
      }
      const share = seen.filter(({ isPredicted }) => isPredicted).length / patches;
      assert.ok(Math.abs(share - Math.min(0.5, models / images.length)) < 0.01, `${people} ${models}: ${share}`);
      const first = seen.filter(({ isPredicted }, number) => isPredicted && number % 2 === 0).length;
      const all = seen.filter(({ isPredicted }) => isPredicted).length;
      assert.ok(Math.abs(first / all - 0.5) < 0.05, `${first} of ${all}`);
      const counts = (isPredicted: boolean) =>
        images
          .filter((image) => image.isPredicted === isPredicted)
          .map(({ id }) => seen.filter((image) => image.id === id).length);
      for (const kind of [counts(false), counts(true)])
        assert.ok(Math.max(...kind) - Math.min(...kind) <= each, `${kind}`);
      // Any place can be asked for by itself: a training goes on after a restart.
      const again = new Visits(images, images.length * each, 3);
      for (let number = patches - 1; number >= 0; number -= 7) assert.equal(again.of(number).id, seen[number].id);
    }
  });

  it('is another training than with labels of people, says how many there are, and warns where nothing tells whether they help', async () => {
    const more = album().sample('more');
    const [plain, marked] = [
      await prepare({}, [...samples(), more]),
      await prepare({}, [...samples(), { ...more, origin: 'predicted' }]),
    ];
    assert.notEqual(plain.key, marked.key);
    assert.equal(marked.data.at(-1)?.origin, 'predicted');
    assert.deepEqual(plain.warnings, []);
    assert.match(
      marked.warnings.join(),
      /1 of \d training samples are labelled by a model.*nothing tells whether they help/,
    );
    assert.match(marked.notes.join(), /at most half of the patches, and nothing is judged by them/);
  });

  it('holds no block of them out', async () => {
    const preparation = await prepare({ epochs: 1 }, [...samples().slice(0, 2), predicted('m', {})]);
    assert.equal(preparation.split.kind, 'blocks');
    const { validation } = await train(preparation, environment(fakeEngine()));
    assert.ok(validation && validation.perImage.length > 0);
    assert.ok(!validation.perImage.some(({ id }) => id === 'm'));
  });
});
