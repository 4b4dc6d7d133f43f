import assert from 'node:assert/strict';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkModelName } from '../../src/models/model-name';
import { parseModelQuery } from '../../src/models/names';
import { versionName, versionNumber } from '../../src/models/version-name';

describe('model names', () => {
  it('accepts letters, digits, dots, underscores and dashes', () => {
    for (const name of ['nuclei', 'Nuclei-3D_v2.1', '7']) assert.equal(checkModelName(name), name);
  });

  it('refuses what could leave the models folder or hide in it', () => {
    for (const name of ['', '.', '..', '.runs', '../other', 'a/b', 'a\\b', 'a b', 'a@b', 'x'.repeat(101)]) {
      assert.throws(() => checkModelName(name), { name: 'InvalidInputError', code: 'invalid-input' }, name);
    }
  });

  it('maps versions to numbers and back', () => {
    assert.equal(versionNumber('v12'), 12);
    assert.equal(versionNumber('12'), 12);
    assert.equal(versionName(12), 'v12');
    for (const text of ['v0', 'v01', 'latest', 'v1.2', '']) assert.equal(versionNumber(text), null, text);
  });

  it('reads a name, a pinned version and a folder', () => {
    assert.deepEqual(parseModelQuery(' nuclei '), { kind: 'name', name: 'nuclei', version: null });
    assert.deepEqual(parseModelQuery('nuclei@3'), { kind: 'name', name: 'nuclei', version: 'v3' });
    assert.deepEqual(parseModelQuery('nuclei@v3'), { kind: 'name', name: 'nuclei', version: 'v3' });
    const latest = { kind: 'name', name: 'nuclei', version: null, isLatest: true };
    assert.deepEqual(parseModelQuery('nuclei@latest'), latest);
    const folder = path.resolve('/data/model');
    for (const text of [folder, path.join(folder, 'model.json'), pathToFileURL(folder).href]) {
      assert.deepEqual(parseModelQuery(text), { kind: 'folder', folder, version: null }, text);
    }
  });

  it('refuses a query that is none of these', () => {
    for (const text of ['', 'file://elsewhere/model', 'nuclei@', 'nuclei@newest', 'a@1@2', '..']) {
      assert.throws(() => parseModelQuery(text), { code: 'invalid-input' }, text);
    }
  });
});
