import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Html } from '../../src/reports/html';
import { reportTexts } from '../../src/reports/texts';
import { TrainSettingsSchema } from '../../src/training/settings';

/** German writes them as English does. */
const ALIKE = new Set([
  '95 %: 7',
  '7 %: 7',
  'Node',
  'Patch',
  'System',
  'Seed',
  'Median',
  'Precision',
  'Recall',
  'HD95',
  'Loss',
  'Dice',
]);

/** Every text by its path; what asks for values is given sevens. */
function textsOf(value: unknown, key = ''): [key: string, text: string][] {
  if (value instanceof Html) return [[key, value.text]];
  if (typeof value === 'string') return [[key, value]];
  if (typeof value === 'function') return textsOf(value(...Array(value.length).fill('7')), key);
  return Object.entries(value as object).flatMap(([name, inner]) => textsOf(inner, `${key}.${name}`));
}

describe('reports/texts', () => {
  const english = new Map(textsOf(reportTexts('en')));
  const german = new Map(textsOf(reportTexts('de')));

  it('say in German all that they say in English, and nothing in English', () => {
    assert.ok(english.size > 150);
    assert.deepEqual([...german.keys()], [...english.keys()]);
    // A definition's key is no text.
    const same = [...german].filter(([key, text]) => text === english.get(key) && !ALIKE.has(text));
    assert.deepEqual(
      same.map(([key]) => key).filter((key) => !/^\.definitions\.\d+\.of$/.test(key)),
      ['.definitions.1.name'],
    );
    for (const [key, text] of german) {
      if (key !== '.closing.cite') assert.doesNotMatch(text, /\b(the|and|with|which|of|images?|were)\b/i, key);
    }
  });

  it('name what can be set of a training as its dialog does', () => {
    for (const [language, folder] of [
      ['en', 'en-US'],
      ['de', 'de'],
    ] as const) {
      const { names, values } = reportTexts(language).model.settings;
      const { label, option } = JSON.parse(
        readFileSync(path.resolve('nodes/train/locales', folder, 'train.json'), 'utf8'),
      ) as { label: Record<string, string>; option: Record<string, Record<string, string>> };
      const { model: _, ...settings } = TrainSettingsSchema.properties;
      assert.deepEqual(Object.keys(names).sort(), Object.keys(settings).sort());
      for (const [name, text] of Object.entries(names))
        assert.ok(label[name].startsWith(text), `${name}: ${label[name]}`);
      for (const [word, text] of Object.values(option).flatMap((words) => Object.entries(words))) {
        if (!/^\d$/.test(word)) assert.ok(text.includes(values[word]), `${word}: ${text}`);
      }
    }
  });

  it('put in every value that English puts in', () => {
    const sevens = (text = '') => text.split('7').length;
    for (const [key, text] of english) assert.equal(sevens(german.get(key)), sevens(text), key);
  });
});
