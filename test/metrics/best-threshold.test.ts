import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { addProbabilities, bestThreshold, noProbabilities, THRESHOLD_GRID } from '../../src/metrics/best-threshold';
import { addOverlap, noOverlap, overlapMetrics } from '../../src/metrics/overlap';
import { applyThreshold } from '../../src/thresholding/apply';

describe('metrics/best-threshold', () => {
  it('has the Dice of each threshold as applying it has', () => {
    const random = new Random(51);
    const images = [0, 1, 2].map((k) => {
      const truth = Uint8Array.from({ length: 3000 }, () => (k < 2 && random.chance(0.3) ? 255 : 0));
      const probability = Float32Array.from(truth, (t) =>
        // Every other one on the grid itself.
        random.chance(0.5)
          ? THRESHOLD_GRID[random.integer(91)]
          : Math.min(1, Math.max(0, (t ? 0.6 : 0.3) + 0.2 * random.normal())),
      );
      const weight = Uint8Array.from(truth, () => (random.chance(0.9) ? 1 : 0));
      return { truth, probability, weight };
    });
    const histograms = images.map(({ probability, truth, weight }) => {
      const histogram = noProbabilities();
      addProbabilities(histogram, probability.subarray(0, 999), truth.subarray(0, 999), weight.subarray(0, 999));
      addProbabilities(histogram, probability.subarray(999), truth.subarray(999), weight.subarray(999));
      return histogram;
    });
    const { threshold, meanDice, curve } = bestThreshold(histograms);
    const direct = THRESHOLD_GRID.map((t) => {
      const dices = images.map(({ probability, truth, weight }) => {
        const counts = noOverlap();
        addOverlap(counts, applyThreshold(probability, t), truth, weight);
        return overlapMetrics(counts).dice;
      });
      return dices.reduce((sum, dice) => sum + dice, 0) / dices.length;
    });
    assert.deepEqual(
      curve.map((point) => point.meanDice),
      direct,
    );
    assert.equal(meanDice, Math.max(...direct));
    assert.equal(direct[THRESHOLD_GRID.indexOf(threshold)], meanDice);
  });

  it('takes the threshold closest to 0.5 of equals', () => {
    const best = (probability: number[], truth: number[]) => {
      const histogram = noProbabilities();
      addProbabilities(histogram, Float32Array.from(probability), Uint8Array.from(truth), null);
      return bestThreshold([histogram]).threshold;
    };
    assert.equal(best([0.1, 0.9], [0, 1]), 0.5);
    assert.equal(best([0.1, 0.305], [0, 1]), 0.3);
    assert.equal(best([0.795, 0.9], [0, 1]), 0.8);
    assert.equal(best([0, 0], [0, 0]), 0.5);
    // Dice 2/3, 2/5, 2/3 at 0.49, 0.50, 0.51.
    assert.equal(best([0.9, 0.495, 0.505, 0.505], [1, 1, 0, 0]), 0.49);
    assert.deepEqual(THRESHOLD_GRID.slice(44, 47), [0.49, 0.5, 0.51]);
    assert.equal(THRESHOLD_GRID.at(-1), 0.95);
  });

  it('refuses NaN, different sizes and no image', () => {
    const one = Uint8Array.of(1);
    assert.throws(() => addProbabilities(noProbabilities(), Float32Array.of(Number.NaN), one, null), {
      message: /NaN/,
    });
    assert.throws(() => addProbabilities(noProbabilities(), new Float32Array(2), one, null), { message: /same/ });
    assert.throws(() => bestThreshold([]), { message: /at least one/ });
  });
});
