import assert from 'node:assert/strict';
import { fileNameOf, isPortableName, pathOfId } from '../../src/storage/portable-names';

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

describe('names of review files', () => {
  it('keep plain ids and escape the rest', () => {
    assert.equal(fileNameOf('plate1/B03_s1.ome'), 'plate1%2FB03_s1.ome');
    assert.equal(fileNameOf('../x'), '%2E.%2Fx');
    assert.equal(fileNameOf('..'), '%2E%2E');
    assert.equal(fileNameOf('a~b*c:d\\e'), 'a%7Eb%2Ac%3Ad%5Ce');
    assert.equal(fileNameOf('nul'), '%6Eul');
    assert.equal(fileNameOf('con.1'), '%63on.1');
    assert.equal(fileNameOf('Zellkern µ'), 'Zellkern%20%C2%B5');
  });

  it('differ where ids differ', () => {
    const tricky = ['a/b', 'a%2Fb', 'a_b', 'a.b', '.a', '%2Ea', 'a.', 'a%2E', 'x'.repeat(300), `${'x'.repeat(300)}y`];
    const names = tricky.map(fileNameOf);
    assert.equal(new Set(names).size, tricky.length);
    for (const name of names) assert.ok(/^[\w%.~-]{1,180}$/.test(name), name);
  });

  it('are refused to what is no text', () => {
    assert.throws(() => fileNameOf(''), /sample id: expected a text that is not empty/);
    assert.throws(() => fileNameOf('a\ud800'), /sample id/);
  });
});
