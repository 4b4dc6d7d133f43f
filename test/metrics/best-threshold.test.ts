import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { bestThreshold, overlapAt } from '../../src/metrics/best-threshold';
import { addOverlap, meanDice as meanDiceOf, noOverlap } from '../../src/metrics/overlap';
import { addProbabilities, noProbabilities, THRESHOLD_GRID } from '../../src/metrics/probability-histogram';
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
      const overlaps = images.map(({ probability, truth, weight }) => {
        const counts = noOverlap();
        addOverlap(counts, applyThreshold(probability, t), truth, weight);
        return counts;
      });
      assert.deepEqual(
        histograms.map((histogram) => overlapAt(histogram, t)),
        overlaps,
      );
      return meanDiceOf(overlaps);
    });
    assert.deepEqual(
      curve.map((point) => point.meanDice),
      direct,
    );
    assert.ok(meanDice >= Math.max(...direct) - 0.0005);
    assert.equal(direct[THRESHOLD_GRID.indexOf(threshold)], meanDice);
  });

  const histogramOf = (probability: number[], truth: number[]) => {
    const histogram = noProbabilities();
    addProbabilities(histogram, Float32Array.from(probability), Uint8Array.from(truth), null);
    return histogram;
  };

  it('takes the middle of the thresholds that are as good, as far from missing as from finding too much', () => {
    const best = (probability: number[], truth: number[]) => bestThreshold([histogramOf(probability, truth)]).threshold;
    // 0.10 to 0.89, of two in the middle the one closer to 0.5
    assert.equal(best([0.1, 0.9], [0, 1]), 0.5);
    assert.equal(best([0.1, 0.305], [0, 1]), 0.2);
    assert.equal(best([0.795, 0.9], [0, 1]), 0.84);
    assert.equal(best([0.3, 0.9], [0, 1]), 0.59);
    // Dice 2/3 from 0.05 to 0.49 and from 0.51 to 0.89, lower between: the longer stretch.
    assert.equal(best([0.9, 0.495, 0.505, 0.505], [1, 1, 0, 0]), 0.27);
    assert.deepEqual(THRESHOLD_GRID.slice(44, 47), [0.49, 0.5, 0.51]);
    assert.equal(THRESHOLD_GRID.at(-1), 0.95);
  });

  it('takes a stretch that is flat but for the noise of some pixels', () => {
    const [found, stray] = [4000, 1];
    const truth = [...Array(found).fill(1), 0];
    const probability = [...Array(found).fill(0.805), ...Array(stray).fill(0.405)];
    // one pixel of 4000 makes 0.40 no better than 0.41, and 0.05 to 0.80 as good
    assert.equal(bestThreshold([histogramOf(probability, truth)]).threshold, 0.43);
  });

  it('lets empty images raise the threshold, and does not take one at which nothing is found', () => {
    const full = histogramOf([0.9, 0.8, 0.7, 0.1], [1, 1, 1, 0]);
    const empty = histogramOf([0.6, 0.6, 0.1, 0.1], [0, 0, 0, 0]);
    const { threshold, meanDice } = bestThreshold([full, empty, empty]);
    assert.deepEqual([threshold, meanDice], [0.64, 1]);
    assert.equal(bestThreshold([full, histogramOf([0, 0], [0, 0])]).threshold, bestThreshold([full]).threshold);
    assert.throws(() => bestThreshold([empty]), { message: /at least one with foreground/ });
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
