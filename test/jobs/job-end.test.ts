import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { type JobEnd, withJobEnd } from '../../src/jobs/host/job-end';

/** Which of the signals that a job is given are set. */
function stateOf({ cancel, stop, either }: JobEnd) {
  return { cancel: cancel.aborted, stop: stop?.aborted, either: either.aborted };
}

describe('the end of a job', () => {
  let asked: AbortController;
  let stopping: AbortController;
  let closing: AbortController;
  const sources = () => ({ signal: asked.signal, stop: stopping.signal });
  beforeEach(() => {
    [asked, stopping, closing] = [new AbortController(), new AbortController(), new AbortController()];
  });

  it('is a cancel where it is asked for or the host ends, and never by a stop', async () => {
    await withJobEnd(sources(), closing.signal, async (end) => {
      stopping.abort();
      assert.deepEqual(stateOf(end), { cancel: false, stop: true, either: true });
      closing.abort();
      assert.deepEqual(stateOf(end), { cancel: true, stop: true, either: true });
    });
    await withJobEnd({ signal: asked.signal }, new AbortController().signal, async (end) => {
      assert.deepEqual(stateOf(end), { cancel: false, stop: undefined, either: false });
      asked.abort();
      assert.deepEqual(stateOf(end), { cancel: true, stop: undefined, either: true });
    });
  });

  it('has come where its cause was there before', async () => {
    stopping.abort();
    await withJobEnd(sources(), closing.signal, async (end) => {
      assert.deepEqual(stateOf(end), { cancel: false, stop: true, either: true });
    });
    asked.abort();
    await withJobEnd(sources(), closing.signal, async (end) => {
      assert.deepEqual(stateOf(end), { cancel: true, stop: true, either: true });
    });
  });

  it('leaves nothing at signals that live longer, whatever came of the job', async () => {
    const left = () => [asked, stopping, closing].map(({ signal }) => getEventListeners(signal, 'abort').length);
    assert.equal(
      await withJobEnd(sources(), closing.signal, async () => {
        assert.deepEqual(left(), [1, 1, 1]);
        return 7;
      }),
      7,
    );
    await assert.rejects(
      withJobEnd(sources(), closing.signal, () => Promise.reject(new Error('lost'))),
      /lost/,
    );
    assert.deepEqual(left(), [0, 0, 0]);
  });
});
