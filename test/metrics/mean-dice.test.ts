import assert from 'node:assert/strict';
import { meanDice } from '../../src/metrics/mean-dice';

const counts = (truePositive: number, falsePositive: number, falseNegative: number) => ({
  ...{ truePositive, falsePositive, falseNegative },
  trueNegative: 1000,
});

describe('metrics/mean-dice', () => {
  it('is the mean of the images with foreground, whatever their size', () => {
    assert.equal(meanDice([counts(1, 1, 1), counts(900, 0, 0)]), 0.75);
  });

  it('is the same with any number of empty images in which nothing is found', () => {
    const full = [counts(3, 1, 2), counts(10, 4, 0)];
    assert.equal(meanDice([...full, ...Array.from({ length: 20 }, () => counts(0, 0, 0))]), meanDice(full));
  });

  it('takes what is found in an empty image for false: with one other image, the Dice of all pixels', () => {
    assert.equal(meanDice([counts(10, 2, 4), counts(0, 5, 0), counts(0, 9, 0)]), 20 / (20 + 2 + 4 + 14));
  });

  it('shares it among the others by their foreground, so that a sparse one is not drowned', () => {
    assert.equal(meanDice([counts(90, 0, 0), counts(10, 0, 0), counts(0, 100, 0)]), 2 / 3);
  });

  it('does not prefer a model that finds nothing', () => {
    const nothing = [counts(0, 0, 50), counts(0, 0, 0), counts(0, 0, 0)];
    const something = [counts(40, 10, 10), counts(0, 20, 0), counts(0, 0, 0)];
    assert.equal(meanDice(nothing), 0);
    assert.ok(meanDice(something) > 0.6);
  });

  it('refuses to judge by empty images alone', () => {
    assert.throws(() => meanDice([counts(0, 0, 0), counts(0, 7, 0)]), { message: /at least one with foreground/ });
  });
});
