import assert from 'node:assert/strict';
import { canonicalHash, canonicalJson } from '../../src/base/canonical-hash';

describe('canonicalHash', () => {
  it('does not depend on the order of keys, at any depth, nor on undefined', () => {
    const a = { b: [{ y: 1, x: null }], a: 'text', c: undefined };
    const b = { a: 'text', b: [{ x: null, y: 1 }] };
    assert.equal(canonicalJson(a), '{"a":"text","b":[{"x":null,"y":1}]}');
    assert.equal(canonicalHash(a), canonicalHash(b));
  });

  it('depends on values and on the order of lists', () => {
    assert.notEqual(canonicalHash([1, 2]), canonicalHash([2, 1]));
    assert.notEqual(canonicalHash({ a: 1 }), canonicalHash({ a: '1' }));
    // sha256 of `{}` by sha256sum
    assert.equal(canonicalHash({}), '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });
});
