import assert from 'node:assert/strict';
import { trainedCard } from '../../../src/training/card';
import { findCheckpoint } from '../../../src/training/checkpoints/checkpoint-files';
import { train } from '../../../src/training/train';
import { crossFitted } from '../../../src/training/validation/outcome';
import { OBJECT_THRESHOLDS, type ObjectSizes, SIZES } from '../../../src/trust/object-sizes';
import { fakeEngine, useTrainings } from '../fixtures';

describe('training/validation/specks', () => {
  const { album, samples, prepare, environment } = useTrainings();

  it('has specks that every fold is wrong about in the card, and none of folds that nobody counted objects of', async () => {
    const images = [...samples(), ...['eeeee', 'ffffff'].map((id) => album().sample(id))];
    const preparation = await prepare({ epochs: 5, validation: null }, images);
    const where = environment(fakeEngine());
    const result = await train(preparation, where);
    const { checkpoint } = await findCheckpoint(where.folder, preparation.key);
    assert.ok(checkpoint);
    assert.ok(checkpoint.folds.every(({ images }) => images.every(({ objects }) => objects?.[2].length)));
    assert.equal(trainedCard(preparation, result).smallestObject, undefined);
    const specks = { below: 3, right: 0, wrong: 9, foreground: 0, background: 27 };
    const withObjects = (objects?: ObjectSizes) =>
      checkpoint.folds.map((fold) => ({ ...fold, images: fold.images.map((image) => ({ ...image, objects })) }));
    const outcome = (objects?: ObjectSizes) =>
      crossFitted({ ...checkpoint, folds: withObjects(objects) }, preparation, true);
    const speckled = outcome(OBJECT_THRESHOLDS.map(() => [specks]));
    assert.equal(speckled?.smallestObject, SIZES[3]);
    const card = trainedCard(preparation, { ...result, outcome: speckled });
    assert.equal(card.smallestObject, 6);
    assert.match(String(card.selection.smallestObject), /^what is smaller is wrong/);
    assert.deepEqual((card.selection.specks as { voxels: number }).voxels, 6);
    assert.equal(outcome(undefined)?.smallestObject, null);
  });
});
