import assert from 'node:assert/strict';
import type { Browser, Elements } from '../../../nodes/editor/browser';
import { ModelChoice } from '../../../nodes/editor/model-choice';
import type { ModelUse } from '../../../nodes/editor/page';
import { dateText, diceText, durationOf, sizeText } from '../../../nodes/sidebar/formats';
import type { CardFacts, ModelFacts } from '../../../src/models/inventory';
import { catalogue, lookUp } from '../run-node';

const TEXTS = catalogue('sidebar');
const CARD: CardFacts = {
  ...{ created: '2026-11-29T10:00:00Z', dimensions: 2, pixelSize: null, threshold: 0.5 },
  patch: { z: null, y: 32, x: 32 },
  ...{
    images: 4,
    channels: ['dna'],
    expected: null,
    validationDice: 0.814,
    startedFrom: null,
    imported: null,
    isWorse: false,
  },
};
const version = (name: string, changes: Partial<CardFacts> | null = {}) => ({
  ...{ version: name, bytes: 5, problem: changes === null ? 'broken' : null },
  card: changes === null ? null : { ...CARD, ...changes },
});
const MODELS: ModelFacts[] = [
  { name: 'axons', chosen: null, before: null, means: 'v1', versions: [version('v1', null)] },
  {
    name: 'nuclei',
    chosen: null,
    before: null,
    means: 'v2',
    versions: [version('v3', { isWorse: true }), version('v2'), version('v1')],
  },
];

describe('the choice of a model in a dialog', () => {
  /** @param models null: who asks may not see them */
  const choice = (use: ModelUse, models: ModelFacts[] | null) => {
    let heard = 0;
    let words = '';
    const label: Partial<Elements> = {
      text: (said) => {
        words += `${said} `;
        return label as Elements;
      },
      appendTo: () => label as Elements,
    };
    const request = {
      done: (tell: (answer: object) => void) => {
        if (models) setImmediate(() => tell({ models }));
      },
    };
    const browser = {
      $: Object.assign(() => label, { getJSON: () => request }),
      text: (key: string, values: Record<string, unknown> = {}) =>
        (lookUp(TEXTS, key) ?? assert.fail(key)).replaceAll(/__(\w+)__/g, (_, name: string) => String(values[name])),
    } as unknown as Browser;
    const made = new ModelChoice(browser, use, () => heard++);
    const offers = (typed: string) => {
      words = '';
      let values: string[] = [];
      made.type(label as Elements).autoComplete(typed, (found) => {
        values = found.map(({ value }) => value);
      });
      return { values, words };
    };
    const arrived = () => new Promise((resolve) => setImmediate(resolve));
    return { say: (text: string) => made.say(text), offers, arrived, heard: () => heard };
  };
  const date = dateText(CARD.created);

  it('offers what the typed text is a part of, with version, Dice and date', async () => {
    const { offers, arrived, heard } = choice('known', MODELS);
    await arrived();
    assert.equal(heard(), 1);
    assert.deepEqual(offers('').values, ['axons', 'nuclei']);
    assert.deepEqual(offers('NUC'), { values: ['nuclei'], words: `nuclei v2 · Dice 0.81 · ${date} ` });
    assert.deepEqual(offers('ax').words, 'axons v1 · damaged ');
    assert.deepEqual(offers('none').values, []);
  });

  it('says of a name what is known of it, and at once why it will not do', async () => {
    const { say, arrived } = choice('known', MODELS);
    await arrived();
    const facts = (name: string) => `${name} · Dice 0.81 · ${date}`;
    assert.deepEqual(say('nuclei'), { words: facts('v2'), isRefused: false });
    assert.equal(say('nuclei@latest').words, facts('v3'));
    assert.equal(say('nuclei@1').words, facts('v1'));
    assert.match(say('nuclei@v9').words, /no such version/);
    assert.deepEqual(say('cells'), { words: 'There is no model of this name now', isRefused: false });
    for (const text of ['a b', '@v1', 'a@b', 'x'.repeat(101)]) assert.ok(say(text).isRefused, text);
    for (const text of ['', '/models/a', 'file:///a', '$' + '{MODEL}']) {
      assert.deepEqual(say(text), { words: '', isRefused: false }, text);
    }
  });

  it('says of the name of a training which version it makes', async () => {
    const { say, arrived } = choice('named', MODELS);
    await arrived();
    assert.equal(say('nuclei').words, 'The next version is v4 or later');
    assert.equal(say('cells').words, 'A new model');
    assert.ok(say('nuclei@v1').isRefused);
  });

  it('keeps the field free where the models are not to be seen', async () => {
    const { say, offers, arrived } = choice('known', null);
    await arrived();
    assert.deepEqual(offers('').values, []);
    assert.deepEqual(say('nuclei'), { words: '', isRefused: false });
    assert.ok(say('no name').isRefused);
  });
});

describe('how the tab writes numbers', () => {
  it('in units that suit them', () => {
    assert.deepEqual(durationOf(59.4), { unit: 'seconds', count: 59 });
    assert.deepEqual(durationOf(600), { unit: 'minutes', count: 10 });
    assert.deepEqual(durationOf(3 * 3600), { unit: 'hours', count: 3 });
    assert.deepEqual([0, 999, 5300, 5_265_261, 2e9, 3e12].map(sizeText), [
      ...['0 bytes', '999 bytes', '5.3 kB', '5.3 MB', '2.0 GB', '3.0 TB'],
    ]);
    assert.deepEqual([diceText(0.8249), diceText(null)], ['0.82', '–']);
    assert.equal(dateText('not a date'), 'not a date');
  });
});
