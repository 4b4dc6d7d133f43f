import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

interface UserSettings {
  laySettings(userDir: string): string;
  readSettings(file: string): { segmenter?: { roots?: string[] } };
  allowFolders(given: string[], env: Record<string, string | undefined>): string[];
}

const SCRIPT = path.resolve(__dirname, '../../../scripts/user-settings.mjs');

describe('the settings that npm start makes', () => {
  let folder: string;
  let script: UserSettings;
  before(async () => {
    script = (await import(pathToFileURL(SCRIPT).href)) as UserSettings;
  });
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'user-settings-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are made once, allow the home, and belong to their user then', () => {
    const userDir = path.join(folder, 'user');
    const file = script.laySettings(userDir);
    assert.deepEqual(script.readSettings(file), { segmenter: { roots: ['~', os.tmpdir()] } });
    const mine = `module.exports = { segmenter: { roots: ['/data'] } };\n`;
    writeFileSync(file, mine);
    assert.equal(script.laySettings(userDir), file);
    assert.equal(readFileSync(file, 'utf8'), mine);
  });

  it('name the file where they cannot be read', () => {
    const file = path.join(folder, 'settings.js');
    writeFileSync(file, 'module.exports = {');
    assert.throws(
      () => script.readSettings(file),
      (error: Error) => error.message.includes(file),
    );
  });

  it('are joined by the folders of --data, which must be there', () => {
    const data = path.join(folder, 'my data');
    mkdirSync(data);
    const env: Record<string, string | undefined> = { SEGMENTER_ROOTS: '/before' };
    assert.deepEqual(script.allowFolders([data], env), [data]);
    assert.equal(env.SEGMENTER_ROOTS, ['/before', data].join(path.delimiter));
    assert.deepEqual(script.allowFolders([path.relative(process.cwd(), data)], {}), [data]);
    assert.throws(() => script.allowFolders([path.join(folder, 'none')], {}), /--data: expected a folder.*none/);
  });
});
