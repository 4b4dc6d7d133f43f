import assert from 'node:assert/strict';
import { fileNameOf } from '../../src/curation/file-names';

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
