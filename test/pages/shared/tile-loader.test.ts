import assert from 'node:assert/strict';
import { type LoadedTile, TileLoader, type WantedTile } from '../../../pages/shared/logic/tile-loader';

/** Answers when the test says so. */
function slowServer() {
  const asked = new Map<string, { answer: () => void; fail: () => void; signal: AbortSignal }>();
  const load = ({ key }: WantedTile, signal: AbortSignal) =>
    new Promise<LoadedTile>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')));
      const answer = () => resolve({ pixels: new Uint8Array(4), size: [2, 2] });
      asked.set(key, { answer, fail: () => reject(new Error('no network')), signal });
    });
  return { asked, load };
}

const tiles = (...keys: string[]): WantedTile[] => keys.map((key) => ({ sample: 's', key }));
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the tile loader', () => {
  it('asks for six at a time, those in sight before those that may come', async () => {
    const { asked, load } = slowServer();
    const loader = new TileLoader(load, () => {});
    loader.prefetch(tiles('p1', 'p2'));
    loader.want('xy', tiles('1', '2', '3', '4', '5', '6', '7'));
    assert.deepEqual([...asked.keys()], ['p1', 'p2', '1', '2', '3', '4']);
    asked.get('1')?.answer();
    await settled();
    assert.ok(asked.has('5') && loader.get(tiles('1')[0]));
    assert.equal(loader.complete, false);
  });

  it('aborts what is no longer wanted, and keeps what came', async () => {
    const { asked, load } = slowServer();
    const loader = new TileLoader(load, () => {});
    loader.want('xy', tiles('a', 'b'));
    asked.get('a')?.answer();
    await settled();
    loader.want('xy', tiles('a', 'c'));
    assert.equal(asked.get('b')?.signal.aborted, true);
    asked.get('c')?.answer();
    await settled();
    assert.equal(loader.complete, true);
    assert.equal(loader.bytes, 8);
  });

  it('keeps the newest tile, also one that is larger than what is kept', async () => {
    const huge: LoadedTile = { pixels: { length: 0, byteLength: 2 ** 30 }, size: [2 ** 15, 2 ** 15] };
    const loader = new TileLoader(
      () => Promise.resolve(huge),
      () => {},
    );
    loader.want('xy', tiles('a'));
    await settled();
    assert.equal(loader.complete, true);
    assert.equal(loader.get(tiles('a')[0]), huge);
  });

  it('tells of a failure, waits, and tries again when told to', async () => {
    const { asked, load } = slowServer();
    const errors: unknown[] = [];
    const loader = new TileLoader(
      load,
      (error) => error && errors.push(error),
      () => 0,
    );
    loader.want('xy', tiles('a'));
    asked.get('a')?.fail();
    await settled();
    asked.clear();
    loader.want('xy', tiles('a'));
    assert.equal(asked.size, 0);
    assert.equal(errors.length, 1);
    loader.retry();
    assert.ok(asked.has('a'));
  });
});
