import assert from 'node:assert/strict';
import { ModelCache, sessionKey } from '../../src/inference/model-cache';
import { constant, type FakeSession } from './support';

describe('ModelCache', () => {
  function make(limit: number) {
    const opened: Record<string, FakeSession[]> = {};
    const cache = new ModelCache(limit);
    const use = <T>(key: string, work: (session: FakeSession) => Promise<T>) =>
      cache.use(
        key,
        async () => {
          const session = constant(0);
          opened[key] = [...(opened[key] ?? []), session];
          return session;
        },
        (session) => work(session as FakeSession),
      );
    return { cache, opened, use };
  }
  const nothing = async () => undefined;

  it('keeps a model warm', async () => {
    const { opened, use } = make(2);
    await Promise.all([use('a', nothing), use('a', nothing)]);
    await use('a', nothing);
    assert.equal(opened.a.length, 1);
    assert.equal(opened.a[0].disposed, 0);
  });

  it('lets the least recently used go', async () => {
    const { opened, use } = make(2);
    for (const key of ['a', 'b', 'a', 'c']) await use(key, nothing);
    assert.deepEqual([opened.a[0].disposed, opened.b[0].disposed, opened.c[0].disposed], [0, 1, 0]);
    await use('b', nothing);
    assert.equal(opened.b.length, 2);
    assert.equal(opened.a[0].disposed, 1);
  });

  it('never disposes of a session in use', async () => {
    const { cache, opened, use } = make(1);
    await use('a', async (session) => {
      await use('b', nothing);
      assert.equal(session.disposed, 0);
      await cache.clear();
      assert.equal(session.disposed, 0);
    });
    assert.equal(opened.a[0].disposed, 1);
    assert.equal(opened.b[0].disposed, 1);
  });

  it('does not keep a failed opening, and frees a session whose work failed', async () => {
    const { cache, opened, use } = make(1);
    await assert.rejects(
      cache.use('a', () => Promise.reject(new Error('no')), nothing),
      /no/,
    );
    await assert.rejects(
      use('a', () => Promise.reject(new Error('failed work'))),
      /failed work/,
    );
    assert.equal(opened.a[0].disposed, 0);
    await cache.clear();
    assert.equal(opened.a[0].disposed, 1);
  });

  it('tells networks and devices apart', () => {
    const cpu = { name: 'onnx' as const, device: 'cpu' as const, threads: 2 };
    assert.notEqual(sessionKey('a', cpu), sessionKey('b', cpu));
    assert.notEqual(sessionKey('a', cpu), sessionKey('a', { ...cpu, threads: 1 }));
    assert.notEqual(sessionKey('a', cpu), sessionKey('a', { ...cpu, name: 'tensorflow' }));
  });
});
