import assert from 'node:assert/strict';
import type { Node, NodeAPI, NodeMessage } from 'node-red';
import { ErrorReport } from '../../nodes/error-report';
import { copyMessage, lighten, orderOnce } from '../../nodes/message-copy';
import { circle, deepList, throwing } from '../support/poison';

const RED = { util: { cloneMessage: (msg: object) => structuredClone(msg) } } as unknown as NodeAPI;
const message = (rest: Record<string, unknown>): Record<string, unknown> => ({ _msgid: 'm', payload: 1, ...rest });

describe('copies of messages', () => {
  it('are deep where that is cheap, and share what is large, a connection, or cannot be cloned', () => {
    const small = { a: [1] };
    const large = new Array(1_000_000).fill(0);
    const bytes = Buffer.alloc(9 << 20);
    const deep = deepList(10_000);
    const trap = throwing();
    const res = {};
    const copy = copyMessage(RED, message({ small, large, bytes, deep, trap, res }) as NodeMessage) as typeof small &
      Record<string, unknown>;
    assert.deepEqual(copy.small, small);
    assert.notEqual(copy.small, small);
    for (const [name, value] of Object.entries({ large, bytes, deep, trap, res }))
      assert.equal(copy[name], value, name);
  });

  it('clone a circle, and count all properties together', () => {
    const one = circle();
    const half = Array.from({ length: 12_000 }, () => ({}));
    const copy = copyMessage(RED, message({ one, half, other: [...half.map(() => ({}))] }) as NodeMessage);
    const { one: cloned, half: first, other } = copy as unknown as Record<string, unknown>;
    assert.notEqual(cloned, one);
    assert.notEqual(first, half);
    assert.equal((other as unknown[]).length, 12_000);
  });

  it('share what has very many names, and look at it once', () => {
    const names = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`name ${i}`, i]));
    const trap = throwing();
    const copy = copyMessage(RED, message({ names, again: names, trap, also: trap }) as NodeMessage);
    const { names: first, again, also } = copy as unknown as Record<string, unknown>;
    assert.deepEqual([first === names, again === names, also === trap], [true, true, true]);
  });

  it('carry orders once: complete with the last, reset with the first', () => {
    const orders = (place: { first: boolean; last: boolean }) => {
      const msg = message({ complete: true, reset: true });
      orderOnce(msg as NodeMessage, place);
      return [msg.complete, msg.reset];
    };
    assert.deepEqual(orders({ first: true, last: false }), [undefined, true]);
    assert.deepEqual(orders({ first: false, last: false }), [undefined, undefined]);
    assert.deepEqual(orders({ first: false, last: true }), [true, undefined]);
    assert.deepEqual(orders({ first: true, last: true }), [true, true]);
  });
});

describe('a message for a Catch node', () => {
  it('is a copy where the work on it goes on', () => {
    const told: unknown[][] = [];
    const node = { error: (...said: unknown[]) => told.push(said) } as unknown as Node;
    const msg = message({ deep: deepList(10_000) });
    const error = new Error('half of it failed');
    new ErrorReport(RED, node).report(error, msg as NodeMessage);
    const [[first, copy]] = told;
    assert.equal(String(first), error.message);
    assert.equal(typeof (copy as typeof msg).deep, 'string');
    assert.ok(Array.isArray(msg.deep));
  });

  it('keeps what can be cloned, and has a short text of what cannot', () => {
    const req = circle();
    const msg = message({ small: { a: 1 }, bytes: Buffer.alloc(150_000_000), deep: deepList(10_000), req });
    Object.defineProperty(msg, 'trap', Object.getOwnPropertyDescriptor(throwing(), 'trap') as PropertyDescriptor);
    lighten(msg as NodeMessage);
    assert.deepEqual(msg.small, { a: 1 });
    assert.equal(msg.bytes, 'a Buffer of 150000000 bytes');
    assert.match(String(msg.deep), /^\[\[\[.*\.\.\.$/);
    assert.equal(msg.trap, 'undefined');
    assert.equal(msg.req, req);
  });
});
