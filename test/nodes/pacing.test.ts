import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { enter, leave, sequenceIds, untilAccepted } from '../../nodes/sequences/pacing';
import { MessageQueue } from '../../nodes/working/message-queue';

describe('pacing', () => {
  it('lets the next message go when at most one of its sequence is in the nodes', async () => {
    const { signal } = new AbortController();
    await untilAccepted('p', signal);
    enter(['p']);
    await untilAccepted('p', signal);
    enter(['p', 'outer']);
    let accepted = false;
    const waiting = untilAccepted('p', signal).then(() => {
      accepted = true;
    });
    await sleep(10);
    assert.equal(accepted, false);
    leave(['p', 'outer']);
    await waiting;
    leave(['p']);
  });

  it('ends with the signal', async () => {
    const stopping = new AbortController();
    enter(['q', 'q']);
    const waiting = untilAccepted('q', stopping.signal);
    setTimeout(() => stopping.abort(), 5);
    await assert.rejects(waiting, { code: 'cancelled' });
    leave(['q', 'q']);
  });

  it('counts a message for the sequences around its own too', () => {
    assert.deepEqual(sequenceIds({ id: 'a', index: 0, parts: { id: 'b', index: 1 } }), ['a', 'b']);
    assert.deepEqual(sequenceIds(null), []);
  });
});

describe('the message queue', () => {
  it('works on one at a time, in order, and refuses what has no room', async () => {
    const done: number[] = [];
    const queue = new MessageQueue<number>(2, async (item) => {
      await sleep(2);
      done.push(item);
    });
    for (const item of [1, 2, 3]) queue.add(item);
    assert.throws(() => queue.add(4), { code: 'busy' });
    assert.equal(queue.waiting, 2);
    await queue.idle();
    queue.add(5);
    await queue.idle();
    assert.deepEqual(done, [1, 2, 3, 5]);
  });

  it('gives back what waits when it is cleared', async () => {
    const done: number[] = [];
    const queue = new MessageQueue<number>(9, async (item) => {
      await sleep(2);
      done.push(item);
    });
    for (const item of [1, 2, 3]) queue.add(item);
    assert.deepEqual(queue.clear(), [2, 3]);
    await queue.idle();
    assert.deepEqual(done, [1]);
  });
});
