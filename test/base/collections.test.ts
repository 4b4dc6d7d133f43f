import assert from 'node:assert/strict';
import { LruCache } from '../../src/base/collections';

describe('a cache of what was used last', () => {
  const block = (bytes: number) => new Uint8Array(bytes);

  it('lets go of what was unused for longest', () => {
    const cache = new LruCache<string | number, Uint8Array>(30);
    const [a, b, c, d] = [10, 10, 10, 10].map(block);
    cache.set('a', a, 10);
    cache.set('b', b, 10);
    cache.set(3, c, 10);
    assert.equal(cache.get('a'), a);
    cache.set('d', d, 10);
    assert.equal(cache.get('b'), undefined);
    assert.deepEqual([cache.get('a'), cache.get(3), cache.get('d')], [a, c, d]);
  });

  it('makes as much room as a block needs and keeps none that is larger than itself', () => {
    const cache = new LruCache<string | number, Uint8Array>(30);
    const small = [0, 1, 2].map(() => block(10));
    for (const [i, each] of small.entries()) cache.set(i, each, 10);
    cache.set('huge', block(31), 31);
    assert.equal(cache.get('huge'), undefined);
    assert.equal(cache.get(0), small[0]);
    cache.set('large', block(20), 20);
    assert.deepEqual([cache.get(0), cache.get(1), cache.get(2)], [small[0], undefined, undefined]);
  });

  it('a block set again counts once', () => {
    const cache = new LruCache<string | number, Uint8Array>(30);
    for (let i = 0; i < 5; i++) cache.set('a', block(10), 10);
    cache.set('b', block(20), 20);
    assert.ok(cache.get('a') && cache.get('b'));
  });

  it('knows its weight and what it holds; a value that weighs as much as all may is alone', () => {
    const cache = new LruCache<string, string>(10);
    cache.set('a', 'A', 4);
    cache.set('b', 'B', 4);
    cache.get('a');
    cache.set('c', 'C', 4);
    assert.deepEqual([cache.get('a'), cache.get('b'), cache.get('c'), cache.weight], ['A', undefined, 'C', 8]);
    cache.set('d', 'D', 10);
    assert.deepEqual([cache.has('a'), cache.has('c'), cache.get('d'), cache.weight], [false, false, 'D', 10]);
  });
});
