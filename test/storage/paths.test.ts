import assert from 'node:assert/strict';
import path from 'node:path';
import { defaultCacheFolder, isInside, toPath, toUri } from '../../src/storage/paths';

describe('toPath and toUri', () => {
  it('turn paths with odd characters there and back', () => {
    const file = path.resolve('a folder', 'cell #1 50%.ome.tif');
    assert.equal(toPath(toUri(file)), file);
    assert.match(toUri(file), /^file:\/\/\/.*cell%20%231%2050%25\.ome\.tif$/);
  });

  it('leave paths as they are', () => {
    assert.equal(toPath('images/a.tif'), 'images/a.tif');
    assert.equal(toPath('C:\\images\\a.tif'), 'C:\\images\\a.tif');
  });

  it('refuse what is no path of this machine', () => {
    for (const bad of ['', '  ', 'a\0.tif', 'https://example.org/a.tif', 's3://bucket/a.tif']) {
      assert.throws(() => toPath(bad), { code: 'invalid-input' }, JSON.stringify(bad));
    }
  });
});

describe('isInside', () => {
  it('knows folders, not mere beginnings of names', () => {
    assert.ok(isInside('/data', '/data', path.posix));
    assert.ok(isInside('/data', '/data/a/b', path.posix));
    assert.ok(isInside('/data', '/data/..a', path.posix));
    assert.ok(isInside('/', '/data', path.posix));
    assert.ok(!isInside('/data', '/database', path.posix));
    assert.ok(!isInside('/data/a', '/data', path.posix));
  });

  it('knows Windows: drives, shares and case', () => {
    assert.ok(isInside('C:\\Data', 'c:\\data\\a.tif', path.win32));
    assert.ok(isInside('\\\\host\\share', '\\\\host\\share\\a.tif', path.win32));
    assert.ok(!isInside('C:\\Data', 'D:\\Data\\a.tif', path.win32));
    assert.ok(!isInside('C:\\Data', 'C:\\Database', path.win32));
    assert.ok(!isInside('C:\\Data', '\\\\host\\share\\a.tif', path.win32));
  });
});

describe('defaultCacheFolder', () => {
  const of = (platform: NodeJS.Platform, home: string, env: NodeJS.ProcessEnv = {}) =>
    defaultCacheFolder({ platform, home, env });

  it("follows each system's custom", () => {
    assert.equal(of('linux', '/home/ann'), '/home/ann/.cache/node-red-segmenter');
    assert.equal(of('linux', '/home/ann', { XDG_CACHE_HOME: '/fast' }), '/fast/node-red-segmenter');
    assert.equal(of('linux', '/home/ann', { XDG_CACHE_HOME: 'relative' }), '/home/ann/.cache/node-red-segmenter');
    assert.equal(of('darwin', '/Users/ann'), '/Users/ann/Library/Caches/node-red-segmenter');
    assert.equal(of('win32', 'C:\\Users\\ann'), 'C:\\Users\\ann\\AppData\\Local\\node-red-segmenter\\Cache');
    assert.equal(of('win32', 'C:\\x', { LOCALAPPDATA: 'D:\\L' }), 'D:\\L\\node-red-segmenter\\Cache');
  });
});
