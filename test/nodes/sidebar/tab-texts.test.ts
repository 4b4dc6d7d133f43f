import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { JOB_INPUTS } from '../../../src/jobs/inputs';
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
const BY_NAME = /^(job|duration|folders)\./;

/** Looks of people, and what the host does for itself. */
const NOT_OF_NODES =
  /^(inspect-|picture|stack-picture|overlay|result|training|list-trainings|list-models|find-model|change-models|note-watched|publish-training|try-backend|preview|browse-folder)/;

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
    const without = Object.keys(JOB_INPUTS).filter((job) => lookUp(texts, `job.${job}`) === undefined);
    assert.deepEqual(
      without.filter((job) => !NOT_OF_NODES.test(job)),
      [],
    );
  });

  it('stand in the catalogue, not in the code', () => {
    assert.doesNotMatch(CODE, /\btext: '[A-Z]/);
    assert.doesNotMatch(CODE, /title: '[A-Z]/);
  });
});
