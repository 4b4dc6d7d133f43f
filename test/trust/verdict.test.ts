import assert from 'node:assert/strict';
import { type GateRules, type Observed, verdictOf } from '../../src/trust/verdict';

const OFF: GateRules = {
  reviewDice: null,
  alarmDice: null,
  unlike: 'ignore',
  foreground: { least: null, most: null },
  objects: { least: null, most: null },
};
const judge = (observed: Observed, rules: Partial<GateRules>) => verdictOf(observed, { ...OFF, ...rules });
const unlike = { distance: 3, limit: 2, isUnlike: true, reasons: ['blurred', 'more noise'] };

describe('the verdict on a result', () => {
  it('is pass where no rule is on, whatever the numbers', () => {
    const observed = { predictedDice: 0, unlike, foreground: 1, objects: 0 };
    assert.deepEqual(judge(observed, {}), { state: 'pass', reasons: [], unchecked: [] });
  });

  it('follows the predicted Dice, whose bounds still belong to the better side', () => {
    const rules = { reviewDice: 0.7, alarmDice: 0.5 };
    assert.equal(judge({ predictedDice: 0.7 }, rules).state, 'pass');
    assert.deepEqual(judge({ predictedDice: 0.69 }, rules), {
      state: 'review',
      reasons: ['predicted Dice 0.69, below 0.7'],
      unchecked: [],
    });
    assert.equal(judge({ predictedDice: 0.5 }, rules).state, 'review');
    assert.equal(judge({ predictedDice: 0.49 }, rules).state, 'alarm');
    assert.equal(judge({ predictedDice: 0.49 }, { alarmDice: 0.5 }).state, 'alarm');
  });

  it('says in words how an image differs from the training', () => {
    assert.deepEqual(judge({ unlike }, { unlike: 'alarm' }), {
      state: 'alarm',
      reasons: ['unlike the images of the training: blurred, more noise'],
      unchecked: [],
    });
    assert.equal(judge({ unlike: { ...unlike, isUnlike: false } }, { unlike: 'alarm' }).state, 'pass');
  });

  it('has a person look at what is out of bounds', () => {
    const rules = { foreground: { least: 0.01, most: 0.5 }, objects: { least: 1, most: 10 } };
    assert.equal(judge({ foreground: 0.01, objects: 10 }, rules).state, 'pass');
    assert.deepEqual(judge({ foreground: 0.004, objects: 11 }, rules).reasons, [
      'foreground 0.4 %, less than 1 %',
      '11 objects, more than 10',
    ]);
    assert.deepEqual(judge({ foreground: 0.6, objects: 0 }, rules).reasons, [
      'foreground 60 %, more than 50 %',
      '0 objects, less than 1',
    ]);
  });

  it('is the worst of all, with every reason', () => {
    const verdict = judge(
      { predictedDice: 0.1, unlike, objects: 0 },
      { reviewDice: 0.7, alarmDice: 0.5, unlike: 'review', objects: { least: 1, most: null } },
    );
    assert.equal(verdict.state, 'alarm');
    assert.equal(verdict.reasons.length, 3);
  });

  it('names the rules that it could not apply, and passes none of them off as kept', () => {
    const rules = {
      reviewDice: 0.7,
      unlike: 'review' as const,
      foreground: { least: 0.1, most: null },
      objects: { least: null, most: 3 },
    };
    assert.deepEqual(judge({}, rules), {
      state: 'pass',
      reasons: [],
      unchecked: ['predicted Dice', 'likeness to the training', 'foreground', 'objects'],
    });
  });

  it('is an alarm for what failed', () => {
    assert.deepEqual(judge({ failed: 'no disk', predictedDice: 1 }, { reviewDice: 0.7 }), {
      state: 'alarm',
      reasons: ['failed: no disk'],
      unchecked: [],
    });
  });
});
