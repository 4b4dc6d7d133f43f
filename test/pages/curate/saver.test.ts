import assert from 'node:assert/strict';
import { EMPTY_DECISION } from '../../../pages/curate/logic/edits';
import { type SaveOutcome, Saver, type SaveStatus } from '../../../pages/curate/logic/saver';
import { RefusedError } from '../../../pages/shared/logic/refused-error';
import type { Decision } from '../../../src/curation/decision';
import type { Conflict, SaveRequest } from '../../../src/curation/page-api';

const USED: Decision = { ...EMPTY_DECISION, state: 'used' };
const REJECTED: Decision = { ...EMPTY_DECISION, state: 'rejected' };

function setUp(answers: Array<SaveOutcome | Error>, kept = new Map<string, string>()) {
  const sent: Array<[string, SaveRequest]> = [];
  const statuses: SaveStatus[] = [];
  const conflicts: Array<[string, Conflict, Decision]> = [];
  const timers: Array<() => void> = [];
  const saver = new Saver({
    put: async (id, request) => {
      sent.push([id, request]);
      const answer = answers.shift() ?? { kind: 'saved', revision: request.revision + 1 };
      if (answer instanceof Error) throw answer;
      return answer;
    },
    keep: {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    },
    key: 'page',
    onStatus: (status) => statuses.push(status),
    onSaved: () => {},
    onConflict: (...conflict) => conflicts.push(conflict),
    setTimer: (run) => timers.push(run),
  });
  const pass = async () => {
    for (const run of timers.splice(0)) run();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { saver, sent, statuses, conflicts, pass, kept };
}

describe('saving', () => {
  it('sends the last decision after a pause, with the revision it was made on', async () => {
    const { saver, sent, statuses, pass, kept } = setUp([]);
    saver.change('a', 4, USED);
    saver.change('a', 4, REJECTED);
    assert.equal(sent.length, 0);
    assert.ok(kept.has('page'));
    await pass();
    assert.deepEqual(sent, [['a', { revision: 4, decision: REJECTED }]]);
    assert.equal(statuses.at(-1)?.kind, 'saved');
    assert.equal(kept.size, 0);
  });

  it('keeps what cannot be sent, says so, tries again, and survives a closed browser', async () => {
    const { saver, statuses, pass, kept } = setUp([new TypeError('Failed to fetch'), new TypeError('Failed to fetch')]);
    saver.change('a', 0, USED);
    saver.change('b', 3, REJECTED);
    await pass();
    assert.deepEqual(statuses.at(-1), { kind: 'waiting', unsaved: 2, message: null });
    const later = setUp([], kept);
    assert.deepEqual(later.saver.unsaved('b')?.decision, REJECTED);
    later.saver.flush();
    await later.pass();
    const sent = later.sent.map(([id, { revision }]) => `${id}${revision}`);
    assert.deepEqual(sent.sort(), ['a0', 'b3']);
    assert.equal(kept.size, 0);
    await pass();
    await pass();
    assert.equal(statuses.at(-1)?.kind, 'saved');
  });

  it('keeps trying where a login has run out, and not where the server refuses', async () => {
    const { saver, sent, statuses, pass } = setUp([new RefusedError('Unauthorized', 401)]);
    saver.change('a', 2, USED);
    await pass();
    assert.deepEqual(statuses.at(-1), { kind: 'waiting', unsaved: 1, message: null });
    await pass();
    assert.deepEqual(
      [sent.length, sent[1], statuses.at(-1)?.kind],
      [2, ['a', { revision: 2, decision: USED }], 'saved'],
    );
    const other = setUp([new RefusedError('at most 50000 points', 400)]);
    other.saver.change('a', 2, USED);
    await other.pass();
    await other.pass();
    assert.deepEqual(other.statuses.at(-1), { kind: 'refused', unsaved: 1, message: 'at most 50000 points' });
    assert.equal(other.sent.length, 1);
  });

  it('uses the new revision for what was decided while it saved', async () => {
    const { saver, sent, pass } = setUp([]);
    saver.change('a', 0, USED);
    saver.flush();
    saver.change('a', 0, REJECTED);
    await pass();
    await pass();
    assert.deepEqual(
      sent.map(([, { revision, decision }]) => [revision, decision.state]),
      [
        [0, 'used'],
        [1, 'rejected'],
      ],
    );
  });

  it('stops at a conflict until one of the two was chosen', async () => {
    const conflict: Conflict = { error: { code: 'exists', message: '' }, by: 'ben', revision: 7, decision: REJECTED };
    for (const choice of ['mine', 'theirs'] as const) {
      const { saver, sent, conflicts, statuses, pass } = setUp([{ kind: 'conflict', conflict }]);
      saver.change('a', 2, USED);
      await pass();
      await pass();
      assert.equal(sent.length, 1);
      assert.deepEqual(conflicts, [['a', conflict, USED]]);
      assert.equal(statuses.at(-1)?.kind, 'conflict');
      const outcome = saver.resolve('a', choice);
      await pass();
      assert.deepEqual(outcome, { decision: choice === 'mine' ? USED : REJECTED, revision: 7 });
      assert.deepEqual(sent.slice(1), choice === 'mine' ? [['a', { revision: 7, decision: USED }]] : []);
      assert.equal(statuses.at(-1)?.kind, 'saved');
    }
  });

  it('does not repeat what was refused, and goes on with the others', async () => {
    const { saver, sent, statuses, pass } = setUp([new RefusedError('decision.merge: expected at most 2000', 400)]);
    saver.change('a', 0, USED);
    saver.change('b', 0, USED);
    await pass();
    await pass();
    assert.deepEqual(
      sent.map(([id]) => id),
      ['a', 'b'],
    );
    assert.deepEqual(statuses.at(-1), {
      kind: 'refused',
      unsaved: 1,
      message: 'decision.merge: expected at most 2000',
    });
    saver.change('a', 0, REJECTED);
    await pass();
    assert.equal(statuses.at(-1)?.kind, 'saved');
  });

  it('begins anew where what is kept makes no sense', () => {
    const { saver } = setUp([], new Map([['page', '[{"id":3},null,"x"]']]));
    assert.equal(saver.unsaved('3'), undefined);
    setUp([], new Map([['page', '{broken']]));
  });
});
