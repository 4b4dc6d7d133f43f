import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { EVENTS } from '../../../src/events/event';
import { catalogue, lookUp, NODES_FOLDER } from '../run-node';

const TAB = path.join(NODES_FOLDER, 'sidebar', 'tab');
const EDITOR = path.join(NODES_FOLDER, 'editor');
/** All code that looks up a text of the tab's catalogue. */
const CODE = [TAB, EDITOR, path.join(EDITOR, 'tab')]
  .flatMap((folder) => readdirSync(folder).map((name) => path.join(folder, name)))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');
/** Put together from what the server says. */
const BY_NAME = /^(job|duration|folders|logged)\./;

function keysOf(texts: object, before = ''): string[] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === 'string' ? [before + key] : keysOf(value as object, `${before}${key}.`),
  );
}

describe('the texts of the tab', () => {
  const texts = catalogue('sidebar');

  it('are used, each of them', () => {
    const singular = keysOf(texts).filter((key) => !key.endsWith('_plural') && !BY_NAME.test(key));
    assert.ok(singular.length > 50);
    assert.deepEqual(
      singular.filter((key) => !CODE.includes(`'${key}'`)),
      [],
    );
  });

  it('have a word for each job that a node asks for', () => {
    const files = readdirSync(NODES_FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    );
    const code = files.map((file) => readFileSync(path.join(NODES_FOLDER, file), 'utf8')).join('\n');
    const asked = [...code.matchAll(/\bwork\.run\(\s*'([a-z-]+)'/g)].map(([, job]) => job);
    assert.ok(asked.length > 8, asked.join());
    const without = ['train', ...asked].filter((job) => lookUp(texts, `job.${job}`) === undefined);
    assert.deepEqual(without, []);
  });

  it('have a word for each event, and for each change that is logged', () => {
    const files = readdirSync(NODES_FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    );
    const code = files.map((file) => readFileSync(path.join(NODES_FOLDER, file), 'utf8')).join('\n');
    const noted = [...code.matchAll(/\bnoteChange(?:By)?\([^;]*?what: '([a-z-]+)'/g)].map(([, what]) => what);
    assert.ok(noted.length >= 4, noted.join());
    const models = ['rename', 'delete', 'choose', 'hold', 'restore', 'empty'].map((what) => `model-${what}`);
    const words = [...EVENTS, ...noted, ...models, 'settings', 'node-added', 'node-removed'];
    assert.deepEqual(
      words.filter((word) => lookUp(texts, `logged.${word}`) === undefined),
      [],
    );
  });

  it('stand in the catalogue, not in the code', () => {
    assert.doesNotMatch(CODE, /\btext: '[A-Z]/);
    assert.doesNotMatch(CODE, /title: '[A-Z]/);
  });
});
