import assert from 'node:assert/strict';
import vm from 'node:vm';
import { canonicalHash, canonicalJson, type JsonBounds, plainJson } from '../../src/base/plain-json';
import { computedMs } from '../support/computed';
import { circle, deepList, throwing } from '../support/poison';

const SMALL: JsonBounds = { depth: 3, values: 10, text: 20 };

const refusal = (value: unknown, bounds?: JsonBounds): string => {
  try {
    plainJson(value, 'msg.payload', bounds);
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'invalid-input');
    return (error as Error).message;
  }
  return assert.fail('was taken');
};

describe('plain JSON', () => {
  it('is copied as it is', () => {
    const value = { id: 'a', raw: { shape: [1, 2, 3], scale: 0.5, none: null }, list: [[], {}, true, ''] };
    const copy = plainJson(value, 'msg.payload');
    assert.deepEqual(copy, value);
    assert.notEqual(copy, value);
    assert.notEqual((copy as typeof value).raw, value.raw);
    for (const one of ['text', 1, false, null]) assert.equal(plainJson(one, 'x'), one);
  });

  it('may come from another context, as a Function node makes it', () => {
    const foreign: unknown = vm.runInNewContext('({ list: [1, { a: 2 }], at: new Date(0) })');
    assert.deepEqual(plainJson(foreign, 'x'), { list: [1, { a: 2 }], at: '1970-01-01T00:00:00.000Z' });
  });

  it('has no undefined, and Dates are texts', () => {
    assert.deepEqual(plainJson({ a: undefined, b: new Date(0), c: new Date(Number.NaN) }, 'x'), {
      b: '1970-01-01T00:00:00.000Z',
      c: null,
    });
  });

  it('takes a Date at its time, and nothing else for one', () => {
    const date = Object.assign(new Date(0), { toJSON: () => new Array(1e6).fill(0) });
    assert.equal(plainJson(date, 'x'), '1970-01-01T00:00:00.000Z');
    class Pretender {
      readonly [Symbol.toStringTag] = 'Date';
      toJSON = () => 1;
    }
    assert.match(refusal(new Pretender()), /expected plain JSON, got a Pretender/);
  });

  it('may hold the same object twice', () => {
    const shared = { a: 1 };
    assert.deepEqual(plainJson([shared, shared], 'x'), [{ a: 1 }, { a: 1 }]);
  });

  it('is nothing else: the place is named, and what is there', () => {
    const at = (found: unknown) => refusal({ raw: { channels: [{}, { index: found }] } });
    assert.equal(at(1n), 'msg.payload.raw.channels[1].index: expected plain JSON, got 1n');
    assert.match(
      at(() => 1),
      /index: expected plain JSON, got a function/,
    );
    assert.match(at(Symbol('s')), /got Symbol/);
    assert.match(at(Buffer.alloc(9)), /index: expected plain JSON, got a Buffer of 9 bytes/);
    assert.match(at(new Map()), /got a Map/);
    assert.match(at(new (class Special {})()), /got a Special/);
    assert.match(at(Number.NaN), /index: expected a finite number, got NaN/);
    assert.match(at(Number.POSITIVE_INFINITY), /expected a finite number, got Infinity/);
    assert.match(at([undefined]), /index\[0\]: expected plain JSON, got undefined/);
    assert.match(at(JSON.parse('{"__proto__": 1}')), /expected no property of the name __proto__/);
  });

  it('is refused where reading throws', () => {
    assert.equal(refusal({ a: [throwing()] }), 'msg.payload.a[0].trap: expected plain JSON, got what cannot be read');
    const revoked = Proxy.revocable([], {});
    revoked.revoke();
    assert.match(refusal({ a: revoked.proxy }), /^msg\.payload\.a: .* cannot be read/);
  });

  it('is refused as a circle', () => {
    assert.match(refusal(circle()), /^msg\.payload\.self: expected plain JSON, got "a circle"/);
  });

  it('is bounded in depth, values and texts', () => {
    assert.deepEqual(plainJson([[[1]]], 'x', SMALL), [[[1]]]);
    assert.match(
      refusal([[[[1]]]], SMALL),
      /^msg\.payload\[0\]\[0\]\[0\]: expected at most 3 lists and objects within/,
    );
    assert.deepEqual(plainJson([1, 2, 3, 4, 5, 6, 7, 8, 9], 'x', SMALL), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.match(
      refusal({ a: new Array(10).fill(0) }, SMALL),
      /^msg\.payload\.a: expected at most 10 values .*10 here/,
    );
    assert.match(
      refusal(
        [
          [1, 2, 3, 4],
          [1, 2, 3, 4],
        ],
        SMALL,
      ),
      /^msg\.payload\[1\].* at most 10 values/,
    );
    assert.match(refusal({ abcdefghij: 'x'.repeat(11) }, SMALL), /at most 20 characters in msg\.payload, got 11 here/);
  });

  it('is refused soon, however large or deep it is', () => {
    const shared = new Array(1000).fill(new Array(1000).fill(0));
    const wide = new Array(4_000_000).fill(1);
    const values = [wide, new Array(4_000_000_000), deepList(100_000), shared, 'x'.repeat(100_000_000)];
    const before = process.cpuUsage();
    for (const huge of values) {
      assert.match(refusal({ raw: huge }), /^msg\.payload\.raw/);
    }
    assert.ok(computedMs(before) < 500);
  });
});

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
