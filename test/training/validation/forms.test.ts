import assert from 'node:assert/strict';
import { trainedCard } from '../../../src/training/card';
import { type TrainEnvironment, train } from '../../../src/training/train';
import { formName, formsOf, tileSizes } from '../../../src/training/validation/forms';
import { fakeEngine, predictWhole, useTrainings } from '../fixtures';

describe('the forms of a prediction that a training chooses among', () => {
  const { album, prepare, environment } = useTrainings();
  const oneFile = (settings: object) => prepare(settings, [album().sample('only', [1, 1, 1, 64, 40])]);

  it('are all, where whole files are held out', async () => {
    const all = ['tile-patch', 'tile-large', 'training-patch', 'training-large'];
    assert.deepEqual(formsOf(await prepare()).map(formName), all);
  });

  it('have no large tiles with norms of their own, where blocks are held out', async () => {
    const { split, settings, samples } = await oneFile({ epochs: 20, validation: null });
    assert.equal(split.kind, 'block-folds');
    assert.deepEqual(formsOf({ split, settings, samples }).map(formName), ['tile-patch']);
    assert.deepEqual(tileSizes('training', { split, settings }), ['patch', 'large']);
    assert.deepEqual(tileSizes('tile', { split, settings: { tiles: 'large' } }), ['large'], 'a person has said so');
  });

  for (const [held, settings] of Object.entries({
    'out in turn': { epochs: 20, validation: null },
    back: { validation: 0.25 },
  })) {
    it(`do not come from parts of the only file that are held ${held}, however well large tiles do there`, async () => {
      const seen = new Set<string>();
      const predict: TrainEnvironment['predict'] = async (session, pixels, shape, geometry) => {
        seen.add(geometry.tiles);
        const found = await predictWhole(session, pixels, shape, geometry);
        return geometry.tiles === 'large' ? found : found.map((p, i) => (i % 16 === 0 ? 1 - p : p));
      };
      const preparation = await oneFile(settings);
      const result = await train(preparation, environment(fakeEngine(), { predict }));
      assert.deepEqual([[...seen], result.tiles], [['patch'], 'patch']);
      assert.match(String(trainedCard(preparation, result).selection.tiles), /^near the patch/);
    });
  }
});
