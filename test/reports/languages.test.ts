import assert from 'node:assert/strict';
import { Html } from '../../src/reports/html';
import { reportTexts } from '../../src/reports/texts';

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
      ['.definitions.0.name', '.definitions.1.name'],
    );
    for (const [key, text] of german) {
      if (key !== '.closing.cite') assert.doesNotMatch(text, /\b(the|and|with|which|of|images?|were)\b/i, key);
    }
  });

  it('put in every value that English puts in', () => {
    const sevens = (text = '') => text.split('7').length;
    for (const [key, text] of english) assert.equal(sevens(german.get(key)), sevens(text), key);
  });
});
