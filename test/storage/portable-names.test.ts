import assert from 'node:assert/strict';
import { isPortableName, pathOfId } from '../../src/storage/portable-names';

const NONE_BELOW = [
  '..',
  '../up',
  'a/../../up',
  'a/..',
  './a',
  '/etc/passwd',
  'a//b',
  'a/',
  '',
  'a\0b',
  'a\nb',
  'a\u0085b',
  'a\uD800',
];

describe('the path of an id', () => {
  it('is the id where every system takes it', () => {
    for (const id of ['a', 'plate 1/B03/s1', 'a..b', '.hidden', '50%', '50%-x', 'Zellkern_ä', 'con_mask', '図']) {
      assert.equal(pathOfId(id), id);
    }
  });

  it('lies below the folder', () => {
    for (const id of NONE_BELOW) {
      assert.throws(() => pathOfId(id), { code: 'invalid-input', message: /^sample id: expected a path below/ });
    }
  });

  it('writes what a system does not take in another way', () => {
    assert.equal(pathOfId('C:\\up'), 'C%3A%5Cup');
    assert.equal(pathOfId('..\\..\\up'), '..%5C..%5Cup');
    assert.equal(pathOfId('12:30?'), '12%3A30%3F');
    assert.equal(pathOfId('a./b /c'), 'a%2E/b%20/c');
    assert.equal(pathOfId('.../a'), '..%2E/a');
    assert.equal(pathOfId('con/AUX.x/lpt1'), '%63on/%41UX.x/%6Cpt1');
  });

  it('differs for different ids', () => {
    const long = 'x'.repeat(400);
    const ids = ['a:b', 'a%3Ab', 'a%253Ab', long, `${long}y`, `${long}/a`, 'a.', 'a%2E'];
    assert.equal(new Set(ids.map(pathOfId)).size, ids.length);
  });

  it('has parts that leave room within 255 bytes, cut between characters', () => {
    for (const id of ['x'.repeat(1000), 'ä'.repeat(300), '😀'.repeat(200)]) {
      const name = pathOfId(id);
      assert.ok(Buffer.byteLength(name) <= 180);
      assert.match(name, /^[xä😀]+~[0-9a-f]{32}$/u);
    }
  });
});

describe('a portable name', () => {
  it('is one that every system takes as it is', () => {
    for (const name of ['a.tiff', 'a b', 'ä', '.a']) assert.ok(isPortableName(name), name);
    for (const name of [...NONE_BELOW, 'a/b', 'a\\b', 'C:a', 'nul', 'con.tiff', 'a.', 'a ', 'x'.repeat(300)]) {
      assert.ok(!isPortableName(name), name);
    }
  });
});
