import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Retried } from '../../src/base/retried';
import type { Sample } from '../../src/samples/sample';
import { two, USED, useCuration } from './curation-under-test';
import { errorOf, payloadOf, stopFlow, until } from './run-node';

describe('a curation whose folder comes late', () => {
  const curation = useCuration();
  const { bring, finish, get, put, queue, review, start } = curation;

  it('opens when it has come, and what a restart interrupted goes on', async function () {
    this.timeout(30_000);
    let flow = await start({ emit: 'each', quiet: 60 });
    await bring(flow, ['a']);
    await put('a', 0, USED);
    await stopFlow();
    // As a disk does that is not there yet: a part of the path is none of its folders.
    const late = path.join(curation.folder, 'late');
    writeFileSync(late, '');
    const kept = path.join(curation.folder, 'kept');
    renameSync(review(), kept);
    flow = await start({ folder: path.join(late, 'review'), emit: 'each', quiet: 60 });
    await until(() => flow.statuses.at(-1)?.fill === 'red');
    flow.receive({ payload: two('b') });
    await until(() => flow.caught.length === 1);
    assert.equal(errorOf(flow.caught[0]).code, 'not-found');
    assert.equal((await get('queue')).status, 404);
    rmSync(late);
    mkdirSync(late);
    renameSync(kept, path.join(late, 'review'));
    assert.equal((await get('queue')).status, 404, 'not at every request');
    await sleep(5100);
    assert.deepEqual(
      (await queue()).items.map(({ id }) => id),
      ['a'],
    );
    await until(() => flow.sent[0].length === 1, 'what was due before the restart');
    assert.equal(payloadOf<Sample>(flow.sent[0][0]).id, 'a');
    await bring(flow, ['b'], 'again');
    assert.equal((await put('b', 0, USED)).status, 200);
    assert.deepEqual(await finish(), { used: 2, rejected: 0, undecided: 0 });
  });
});

describe('what is tried again', () => {
  it('is made once, at a pace where it fails, and by itself where nobody asks', async () => {
    let tries = 0;
    const stop = new AbortController();
    const make = async () => {
      if (++tries < 3) throw new Error(`try ${tries}`);
      return tries;
    };
    const retried = new Retried(make, stop.signal, { asked: 20, unasked: 60 });
    await assert.rejects(Promise.all([retried.get(), retried.get()]), /try 1/);
    await assert.rejects(retried.get(), /try 1/);
    await sleep(30);
    await assert.rejects(retried.get(), /try 2/);
    await sleep(150);
    assert.deepEqual([await retried.get(), await retried.get(), tries], [3, 3, 3]);
  });

  it('is given up when the node stops', async () => {
    let tries = 0;
    const stop = new AbortController();
    const make = async () => {
      tries++;
      throw new Error('never');
    };
    const retried = new Retried(make, stop.signal, { asked: 1, unasked: 20 });
    await assert.rejects(retried.get(), /never/);
    stop.abort();
    await sleep(60);
    await assert.rejects(retried.get(), /never/);
    assert.equal(tries, 1);
  });
});
