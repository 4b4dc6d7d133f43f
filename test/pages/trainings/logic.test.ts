import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compareSettings } from '../../../pages/trainings/logic/compare';
import { curveOf, stageMarks, thinned, withRows } from '../../../pages/trainings/logic/curves';
import { nameOf } from '../../../pages/trainings/logic/names';
import { dice, duration, short } from '../../../pages/trainings/logic/numbers';
import { SETTING_TEXTS } from '../../../pages/trainings/logic/settings';
import { TrainSettingsSchema } from '../../../src/training/settings';

const PAGES = path.resolve(__dirname, '../../../../pages');
const row = (epoch: number, validationDice: number | null = null) => ({
  ...{
    epoch,
    step: 10 * epoch,
    loss: 1 / epoch,
    validationDice,
    threshold: null,
    learningRate: 1e-3,
    seconds: 60 * epoch,
  },
});

describe('the curves of the page of trainings', () => {
  it('are over steps or minutes, without epochs that lack the number', () => {
    const history = [row(1), row(2, 0.5), row(3)];
    assert.deepEqual(curveOf(history, 'loss', 'minutes'), { x: [1, 2, 3], y: [1, 0.5, 1 / 3] });
    assert.deepEqual(curveOf(history, 'validationDice', 'steps'), { x: [20], y: [0.5] });
  });

  it('go on with what is new', () => {
    assert.deepEqual(withRows([row(1), row(2, 0.5)], [row(2), row(3)]), [row(1), row(2, 0.5), row(3)]);
    assert.deepEqual(withRows([row(1)], []), [row(1)]);
  });

  it('have a mark for each stage that has begun', () => {
    const history = [row(1), row(2), row(3)];
    assert.deepEqual(stageMarks([10, 10, 50], history, 'steps'), [
      { fold: 1, from: 0, to: 10 },
      { fold: 2, from: 10, to: 20 },
      { fold: null, from: 20, to: 30 },
    ]);
    assert.deepEqual(
      stageMarks([10, 10, 50], history, 'minutes').map(({ to }) => to),
      [1, 2, 3],
    );
    assert.deepEqual(stageMarks([50], history, 'steps'), []);
  });

  it('are thinned with both ends', () => {
    assert.deepEqual(thinned([1, 2, 3, 4, 5], 3), [1, 3, 5]);
  });
});

describe('the comparison of trainings', () => {
  it('lists settings and data, and says which differ', () => {
    const facts = (changes: object, settings: object) => ({
      settings: { model: 'a', epochs: 3, seed: 0, ...settings },
      network: { dimensions: 2 as const, patch: [64, 64], parameters: 10 },
      data: { samples: 1, failed: 0, images: 3, validationImages: 1, split: 'files', folds: 0, ...changes },
      ...{ minutes: null, startedFrom: null, computedBy: 'onnx on cpu', stages: [5] },
    });
    const rows = compareSettings([facts({}, {}), facts({ images: 4 }, { model: 'b', epochs: 9, tiles: 'auto' })]);
    const differing = rows.filter(({ differs }) => differs).map(({ name, values }) => [name, ...values]);
    assert.deepEqual(differing, [
      ['images', '3', '4'],
      ['epochs', '3', '9'],
      ['tiles', '–', 'auto'],
    ]);
    assert.ok(rows.some(({ name, differs }) => name === 'patch' && !differs));
    assert.ok(!rows.some(({ name }) => name === 'folds' || name === 'model'));
  });

  it('calls a training by its version, else by its run', () => {
    assert.deepEqual([nameOf('a@v3', 'v3'), nameOf('a@0123456789abcdef', null)], ['a@v3', 'a (0123)']);
  });

  it('shows numbers short', () => {
    assert.deepEqual(
      [short(0.123456), short(0.000012), short(0), short(1234), short(null)],
      ['0.1235', '1.20e-5', '0', '1234', '–'],
    );
    assert.deepEqual([dice(0.5), dice(null)], ['0.500', '–']);
    assert.deepEqual([duration(12.4), duration(272), duration(3900)], ['12 s', '4:32 min', '1:05 h']);
  });
});

describe('the colours of curves', () => {
  const sheet = (...names: string[]) => readFileSync(path.join(PAGES, ...names), 'utf8');
  const shades = (text: string) => text.split(':root[data-shade="dark"]').map(tokensOf);
  const [own, shared] = [sheet('trainings', 'css', 'tokens.css'), sheet('shared', 'css', 'tokens.css')].map(shades);

  for (const [i, shade] of ['light', 'dark'].entries()) {
    it(`keep apart from a card as AA asks of pictures, 3 to 1: ${shade}`, () => {
      const { card } = shared[i];
      const low = Object.entries(own[i]).filter(
        ([name, colour]) => name.startsWith('run-') && contrast(colour, card) < 3,
      );
      assert.deepEqual(low, []);
    });

    it(`keep text readable, 4.5 to 1: ${shade}`, () => {
      const { card, text } = { ...shared[0], ...shared[i] };
      assert.ok(contrast(own[i].running, card) >= 4.5);
      assert.ok(contrast(text, own[i].differs) >= 4.5);
    });
  }
});

function tokensOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, colour]) => [name, colour]),
  );
}

/** The contrast of WCAG 2.2. */
function contrast(a: string, b: string): number {
  const [dark, bright] = [a, b].map(luminance).sort((x, y) => x - y);
  return (bright + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

describe('settings on the page of trainings', () => {
  const read = (...names: string[]) => JSON.parse(readFileSync(path.join(PAGES, '..', ...names), 'utf8'));

  for (const language of ['en-US', 'de']) {
    it(`have the words of the train node's dialog: ${language}`, () => {
      const texts = read('pages', 'trainings', 'locales', `${language}.json`);
      const { label } = read('nodes', 'train', 'locales', language, 'train.json');
      const named = Object.entries(SETTING_TEXTS);
      assert.deepEqual(
        named.map(([name]) => name).sort(),
        Object.keys(TrainSettingsSchema.properties)
          .filter((name) => name !== 'model')
          .sort(),
      );
      for (const [name, key] of named) assert.equal(texts[key], label[name], name);
    });
  }
});
