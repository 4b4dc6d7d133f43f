import assert from 'node:assert/strict';
import vm from 'node:vm';
import { readExample } from './support/examples';

/** The function of the example flow, which needs no dashboard. */
function pointsOf(payload: object): unknown {
  const node = readExample('training-chart.json').find(({ id }) => id === 'chart-points');
  const made = vm.runInNewContext(`(function (msg) { ${node?.func} })`)({ payload }) as unknown;
  return JSON.parse(JSON.stringify(made));
}

describe('the example flow that charts a training', () => {
  const epoch = { epoch: 3, step: 24, loss: 0.5, learningRate: 1e-3, seconds: 9, remaining: 130 };

  it('makes a point of each number of an epoch, and says where the training is', () => {
    assert.deepEqual(pointsOf({ ...epoch, validationDice: 0.75, stage: { fold: 2, folds: 3, images: 8 } }), [
      { topic: 'loss', payload: { x: 24, y: 0.5 } },
      { topic: 'validation Dice', payload: { x: 24, y: 0.75 } },
      { topic: 'learning rate', payload: { x: 24, y: 1e-3 } },
      { payload: 'fold 2 of 3, step 24, 3 min left' },
    ]);
  });

  it('has no point of a Dice that is not known', () => {
    const [, dice, , text] = pointsOf({ ...epoch, validationDice: null }) as unknown[];
    assert.deepEqual([dice, text], [null, { payload: 'step 24, 3 min left' }]);
  });
});
