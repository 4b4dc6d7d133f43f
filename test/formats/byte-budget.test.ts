import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { ByteBudget } from '../../src/formats/byte-budget';
import { failure } from './error-matching';

describe('a budget of bytes', () => {
  /** Takes bytes when it is told that it may, and ends when it is told to. */
  function asker(budget: ByteBudget, order: string[], name: string, bytes: number) {
    const taking = budget.take(bytes).then((giveBack) => {
      order.push(name);
      return giveBack;
    });
    return async () => (await taking)();
  }

  it('is given in the order of asking, and to no more than there is', async () => {
    const budget = new ByteBudget(10);
    const order: string[] = [];
    const [a, b, c, d] = Object.entries({ a: 6, b: 4, c: 5, d: 1 }).map(([name, bytes]) => {
      return asker(budget, order, name, bytes);
    });
    await setImmediate();
    assert.deepEqual(order, ['a', 'b']);
    await b();
    await setImmediate();
    // There is room for d, but c was first.
    assert.deepEqual(order, ['a', 'b']);
    await a();
    await setImmediate();
    assert.deepEqual(order, ['a', 'b', 'c', 'd']);
    await c();
    await d();
    await d();
    const last = asker(budget, order, 'last', 10);
    await last();
    assert.deepEqual(order.at(-1), 'last');
  });

  it('lets what needs more than there is work alone', async () => {
    const budget = new ByteBudget(10);
    const order: string[] = [];
    const small = asker(budget, order, 'small', 1);
    const large = asker(budget, order, 'large', 1e9);
    const next = asker(budget, order, 'next', 1);
    await small();
    await setImmediate();
    assert.deepEqual(order, ['small', 'large']);
    await large();
    await next();
    assert.deepEqual(order, ['small', 'large', 'next']);
  });

  it('is given back by work that fails, and left by who is cancelled', async () => {
    const budget = new ByteBudget(10);
    const fail = () => Promise.reject(new Error('damaged'));
    await assert.rejects(budget.run(10, undefined, fail), /damaged/);
    const giveBack = await budget.take(10);
    const cancel = new AbortController();
    const waiting = budget.take(10, cancel.signal);
    const behind = budget.take(10);
    cancel.abort();
    await assert.rejects(waiting, failure('cancelled', /reading/));
    giveBack();
    (await behind)();
  });
});
