import assert from 'node:assert/strict';
import type { Sample } from '../../../src/samples/sample';
import { trainedCard, trainingMetrics } from '../../../src/training/card';
import { train } from '../../../src/training/train';
import type { ImagePredictor } from '../../../src/training/validation/validate';
import { fakeEngine, predictWhole, useTrainings } from '../fixtures';

const SHAPE: [1, 1, 1, number, number] = [1, 1, 1, 32, 32];

describe('a training with images without foreground', () => {
  const { album, samples, prepare, environment } = useTrainings();

  /** Noise, and nothing in it. */
  const empty = (id: string, more: Partial<Sample> = {}): Sample => ({
    ...album().sample(id),
    raw: album().add(`${id}-noise`, SHAPE, (i) => 100 + ((i * 7919) % 97)),
    target: album().add(`${id}-nothing`, SHAPE, () => 0, 'uint8'),
    ...more,
  });
  const nothing = () => album().add('nothing counts', SHAPE, () => 0, 'uint8');
  /** Finds something in every image until it has learned, then what is there; the engine's steps tell. */
  const learned =
    (steps: () => number, after: number): ImagePredictor =>
    async (session, pixels, shape, geometry) => {
      const probabilities = await predictWhole(session, pixels, shape, geometry);
      return steps() >= after ? probabilities : probabilities.fill(0);
    };

  it('never holds out empty files alone where others are there', async () => {
    const all = [...samples(), empty('e'), empty('f')];
    for (let seed = 0; seed < 10; seed++) {
      const { split, data } = await prepare({ seed }, all);
      assert.equal(split.kind, 'files');
      assert.equal(split.validation.length, 2);
      assert.ok(split.validation.some((i) => i < 4) && split.train.some((i) => i < 4), `${split.validation}`);
      assert.deepEqual(
        data.map(({ split: of }) => of === 'val'),
        all.map((_, i) => split.validation.includes(i)),
      );
    }
    assert.equal(album().open_, 0);
  });

  it('holds out a block of each image with foreground where fewer than four files have any', async () => {
    const preparation = await prepare({ epochs: 1 }, [
      ...samples().slice(0, 2),
      album().sample('large', [1, 1, 1, 64, 48]),
      empty('e'),
    ]);
    assert.equal(preparation.split.kind, 'blocks');
    const { facts, validation } = await train(preparation, environment(fakeEngine()));
    assert.equal(facts.validationImages, validation?.perImage.length);
    assert.match(facts.notes.join(), /a block of \d of 4 images is held out for validation; 1 hold no foreground/);
  });

  it('takes a file for empty whose foreground is excluded', async () => {
    const [a, ...others] = samples();
    const excluded = { ...a, weight: nothing() };
    assert.equal((await prepare({}, [excluded, ...others])).split.kind, 'blocks');
    assert.equal((await prepare({}, [excluded, ...others, album().sample('eeeee')])).split.kind, 'files');
  });

  it('judges by what is found in empty images, and by nothing that is not', async () => {
    const [a, b, ...rest] = samples();
    const marked: Sample[] = [...rest, { ...a, split: 'val' }, { ...b, split: 'val' }];
    const alone = await train(await prepare({}, marked), environment(fakeEngine()));
    const preparation = await prepare({}, [...marked, empty('e', { split: 'val' })]);
    const result = await train(preparation, environment(fakeEngine()));
    assert.ok(alone.validation && result.validation);
    const [, , ofEmpty] = result.validation.perImage;
    assert.equal(ofEmpty.dice, null);
    assert.ok(ofEmpty.falsePositive !== undefined);
    if (ofEmpty.falsePositive > 0) assert.ok(result.validation.dice < alone.validation.dice);
    else assert.ok(result.validation.dice <= alone.validation.dice);
    assert.match(result.facts.notes.join(), /1 of 3 validation images are empty: judged by false positives/);
    assert.deepEqual(result.facts.warnings ?? [], []);
    assert.equal(trainingMetrics(preparation, result).emptyValidationImages, 1);
    assert.match(String(trainedCard(preparation, result).selection.weights), /false positives of empty ones counted/);
  });

  it('does not take the step that finds nothing anywhere', async () => {
    const [a, ...rest] = samples();
    const marked: Sample[] = [...rest, { ...a, split: 'val' }];
    for (const id of ['e', 'f', 'g', 'h']) marked.push(empty(id, { split: 'val' }));
    const engine = fakeEngine();
    const predict = learned(() => engine.rates.length, 24);
    const result = await train(await prepare({}, marked), environment(engine, { predict }));
    assert.deepEqual(
      result.history.map(({ validationDice }) => (validationDice ?? -1) > 0),
      [false, true, true],
    );
    assert.ok(result.step >= 24 && result.threshold < 0.95, `${result.step} ${result.threshold}`);
  });

  it('compares nothing where validation has empty images only, and warns', async () => {
    const marked = [...samples(), empty('e', { split: 'val' }), empty('f', { split: 'val' })];
    const preparation = await prepare({ patience: 1 }, marked);
    const result = await train(preparation, environment(fakeEngine()));
    assert.equal(result.validation, null);
    assert.deepEqual([result.step, result.steps, result.threshold, result.ended], [48, 48, 0.5, 'budget']);
    assert.match(String(result.facts.warnings), /validation holds no foreground \(e, f\).*last step are kept/);
    const metrics = trainingMetrics(preparation, result);
    assert.deepEqual([metrics.validationDice, metrics.validationImages, metrics.perImage], [null, 0, []]);
    assert.match(String(trainedCard(preparation, result).selection.weights), /no validation/);
  });

  it('leaves out a validation image that is excluded as a whole', async () => {
    const [a, b, ...rest] = samples();
    const excluded: Sample = { ...a, split: 'val', weight: nothing() };
    const result = await train(
      await prepare({}, [...rest, excluded, { ...b, split: 'val' }]),
      environment(fakeEngine()),
    );
    assert.deepEqual(
      result.validation?.perImage.map(({ id }) => id),
      ['bb'],
    );
    assert.match(result.facts.notes.join(), /a was left out: every pixel is excluded/);
    const none = await train(await prepare({}, [...rest, excluded]), environment(fakeEngine()));
    assert.equal(none.validation, null);
    assert.match(String(none.facts.warnings), /validation holds no foreground \(every pixel of it is excluded\)/);
  });

  it('keeps the later of two steps that are as good', async () => {
    const result = await train(await prepare(), environment(fakeEngine()));
    const dices = result.history.map(({ validationDice }) => validationDice);
    assert.equal(new Set(dices).size, 1, `${dices}`);
    assert.equal(result.step, 36);
  });
});
