import assert from 'node:assert/strict';
import { show } from '../../src/base/show';
import { computedMs } from '../support/computed';
import { circle, deepList, throwing } from '../support/poison';

describe('show', () => {
  it('gives JSON of what is JSON, on one line', () => {
    const value = { text: 'a\n"b"', list: [1, null, true, {}], none: undefined };
    assert.equal(show(value), '{"text":"a\\n\\"b\\"","list":[1,null,true,{}]}');
    assert.equal(show('text'), '"text"');
    assert.equal(show(undefined), 'undefined');
    assert.equal(show(new Date(0)), '"1970-01-01T00:00:00.000Z"');
  });

  it('ends after 120 characters', () => {
    for (const long of ['x'.repeat(500), Array.from({ length: 100 }, (_, i) => i), { ['k'.repeat(500)]: 1 }]) {
      assert.equal(show(long).length, 120);
      assert.match(show(long), /\.\.\.$/);
    }
  });

  it('names what JSON does not hold', () => {
    assert.equal(show(12n), '12n');
    assert.equal(show(Number.NaN), 'NaN');
    assert.equal(
      show(() => 1),
      'a function',
    );
    assert.equal(show(Symbol('s')), 'Symbol(s)');
    assert.equal(show(Buffer.alloc(300)), 'a Buffer of 300 bytes');
    assert.equal(show(new Float32Array(3)), 'a Float32Array of 12 bytes');
    assert.equal(show(new Map([[1, 2]])), 'a Map {}');
  });

  it('throws for nothing and looks at no more than it shows', () => {
    const [deep, wide] = [deepList(100_000), new Array(4_000_000).fill(1)];
    const [bytes, big] = [Buffer.alloc(150_000_000), 1n << 30_000_000n];
    const before = process.cpuUsage();
    assert.equal(show(throwing()), 'something that cannot be read');
    assert.equal(show(circle()).length, 120);
    assert.equal(show(deep).length, 120);
    assert.equal(show(wide).length, 120);
    assert.equal(show(bytes), 'a Buffer of 150000000 bytes');
    assert.equal(show(big), 'a large BigInt');
    assert.equal(show(Object.assign(new Date(0), { toJSON: () => 'x'.repeat(1e8) })), '"1970-01-01T00:00:00.000Z"');
    assert.equal(show({ [Symbol.toStringTag]: 'Date', toJSON: () => 'x'.repeat(1e8), a: 1 }).slice(-6), '"a":1}');
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    assert.equal(show(revoked.proxy), 'something that cannot be read');
    assert.ok(computedMs(before) < 500);
  });
});
