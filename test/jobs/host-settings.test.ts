import assert from 'node:assert/strict';
import os from 'node:os';
import path from 'node:path';
import { hostSettings } from '../../src/jobs/host/host-settings';

describe('settings of the host', () => {
  it('default to the home, the temporary and the user folder', () => {
    const settings = hostSettings({ userDir: '/nodered' });
    assert.deepEqual(settings.roots, [os.homedir(), os.tmpdir(), '/nodered']);
    assert.deepEqual(settings.servers, []);
    assert.equal(settings.modelsFolder, path.join('/nodered', 'segmenter', 'models'));
    assert.ok(path.isAbsolute(settings.scratchFolder));
    assert.ok(settings.scratchQuotaMB > 0);
  });

  it('are what settings.js says', () => {
    const servers = ['https://data.lab.example/'];
    const retries = { tries: 2 };
    const segmenter = { roots: ['/data'], servers, models: '/models', scratch: '/fast', scratchQuotaMB: 100, retries };
    const expected = {
      roots: ['/data'],
      servers,
      modelsFolder: '/models',
      scratchFolder: '/fast',
      scratchQuotaMB: 100,
      retries: { tries: 2, seconds: 2, longest: 600 },
      language: 'en',
    };
    assert.deepEqual(hostSettings({ segmenter, userDir: '/nodered' }, {}), expected);
  });

  it('take the language of reports from where Node-RED takes that of the statuses', () => {
    const of = (lang: string | undefined, env: NodeJS.ProcessEnv) => hostSettings({ lang }, env).language;
    assert.equal(of('de', { LANG: 'en_US.UTF-8' }), 'de');
    assert.equal(of('de-DE', {}), 'de');
    assert.equal(of('en-US', { LANG: 'de_DE.UTF-8' }), 'en');
    assert.equal(of(undefined, { LANG: 'de_DE.UTF-8' }), 'de');
    assert.equal(of(undefined, { LC_ALL: 'C.UTF-8', LANG: 'de_DE.UTF-8' }), 'en');
    assert.equal(of('ja', {}), 'en');
    assert.equal(of(undefined, {}), 'en');
  });

  it('take more folders from the environment, and ~ as the home', () => {
    const env = { SEGMENTER_ROOTS: ['/data/plates', '', ' ~/images '].join(path.delimiter) };
    const home = os.homedir();
    const { roots, modelsFolder } = hostSettings({ segmenter: { roots: ['~'], models: '~/models' } }, env);
    assert.deepEqual(roots, [home, '/data/plates', `${home}/images`]);
    assert.equal(modelsFolder, `${home}/models`);
    assert.deepEqual(hostSettings({ userDir: '/nodered' }, env).roots.slice(3), ['/data/plates', `${home}/images`]);
  });

  it('are refused when they are mistyped', () => {
    const servers = ['ftp://data.lab.example'];
    assert.throws(() => hostSettings({ segmenter: { servers } }), /servers\.0: must match pattern/);
    assert.throws(() => hostSettings({ segmenter: { root: ['/data'] } }), /segmenter \(settings\.js\).*"root"/);
    assert.throws(
      () => hostSettings({ segmenter: { roots: '/data' } }),
      /segmenter \(settings\.js\)\.roots: must be array/,
    );
  });
});
