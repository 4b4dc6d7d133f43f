import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { OneByOne } from '../../src/base/one-by-one';

describe('one by one', () => {
  it('does what is for the same in the order it was asked for, past what fails, and the rest beside it', async () => {
    const turns = new OneByOne();
    const done: string[] = [];
    const work = (name: string, ms: number) => async () => {
      await sleep(ms);
      done.push(name);
      return name;
    };
    const failing = turns.do('a', async () => {
      await sleep(20);
      throw new Error('failed');
    });
    const asked = [turns.do('a', work('a1', 20)), turns.do('a', work('a2', 1)), turns.do('b', work('b', 1))];
    await assert.rejects(failing, /failed/);
    assert.deepEqual(await Promise.all(asked), ['a1', 'a2', 'b']);
    assert.deepEqual(done, ['b', 'a1', 'a2']);
  });
});
