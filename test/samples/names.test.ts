import assert from 'node:assert/strict';
import { tellApart } from '../../src/samples/names';

describe('names in a message', () => {
  it('that look alike and are not the same show their characters', () => {
    assert.deepEqual(tellApart(['plain', 'é1'], ['other', 'e\u03011']), ['plain', '"\\u{e9}1"']);
    assert.deepEqual(tellApart(['a b'], ['a\u00a0b']), ['"a\\u{20}b"']);
    assert.deepEqual(tellApart(['a '], ['a']), ['"a\\u{20}"']);
    assert.deepEqual(tellApart(['a\u200b'], ['a']), ['"a\\u{200b}"']);
    assert.deepEqual(tellApart(['Cell'], ['cell']), ['"Cell"']);
  });

  it('that are the same or unlike stay as they are', () => {
    assert.deepEqual(tellApart(['é', 'b'], ['é', 'c']), ['é', 'b']);
  });
});
