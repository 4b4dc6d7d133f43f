import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { addOverlap, noOverlap, overlapMetrics } from '../../src/metrics/overlap';
import { emptyBins, sigmoid } from '../../src/metrics/probability-histogram';
import { applyThreshold } from '../../src/thresholding/apply';
import { calibrated, calibratedBins } from '../../src/trust/calibration';
import { ProbabilityMeter, predictedOverlap } from '../../src/trust/predicted';

const near = (found: number, expected: number, by: number) =>
  assert.ok(Math.abs(found - expected) <= by, `${found}, expected ${expected}`);

describe('trust/predicted', () => {
  it('is what is found once the truth is drawn by the calibrated probabilities', () => {
    const random = new Random(21);
    const map = { slope: 0.7, shift: -0.3, ece: 0 };
    for (const [mean, spread, threshold] of [
      [-4, 3, 0.5],
      [-2, 5, 0.3],
      [0, 1, 0.64],
    ]) {
      const probability = Float32Array.from({ length: 60_000 }, () => sigmoid(mean + spread * random.normal()));
      const truth = Uint8Array.from(probability, (p) => (random.chance(calibrated(p, map)) ? 1 : 0));
      const counts = noOverlap();
      addOverlap(counts, applyThreshold(probability, threshold), truth, null);
      const found = overlapMetrics(counts);
      const meter = new ProbabilityMeter(1);
      meter.add(probability.subarray(0, 12_345));
      meter.add(probability.subarray(12_345));
      const predicted = predictedOverlap(meter.result(), map, threshold);
      near(predicted.dice, found.dice, 0.01);
      near(predicted.precision, found.precision, 0.01);
      near(predicted.recall, found.recall, 0.01);
    }
  });

  it('counts what probabilities expect', () => {
    const meter = new ProbabilityMeter(1 / 65535);
    meter.add(Uint16Array.of(...Array(30).fill(0.9 * 65535), ...Array(10).fill(0.2 * 65535)));
    const shares = calibratedBins({ slope: 1, shift: 0 });
    const bins = meter.result();
    const [low, high] = [...shares].filter((_, k) => bins[k] > 0);
    const tp = 30 * high;
    const { dice, precision, recall } = predictedOverlap(bins, { slope: 1, shift: 0, ece: 0 }, 0.5);
    near(dice, (2 * tp) / (2 * tp + 30 * (1 - high) + 10 * low), 1e-12);
    near(precision, high, 1e-12);
    near(recall, tp / (tp + 10 * low), 1e-12);
    near(high, 0.9, 0.006);
    near(low, 0.2, 0.006);
  });

  it('is the probability of an empty image where nothing is found', () => {
    const bins = emptyBins();
    bins[0] = 1000;
    const share = calibratedBins({ slope: 1, shift: 0 })[0];
    const map = { slope: 1, shift: 0, ece: 0, foreground: 0.1 };
    const { dice, precision, recall } = predictedOverlap(bins, map, 0.5);
    near(dice, 1 - share / 0.1, 1e-12);
    assert.deepEqual([precision, recall], [dice, dice]);
    // so much is expected that there must be some
    assert.equal(predictedOverlap(bins, { ...map, shift: 12 }, 0.5).dice, 0);
    assert.equal(predictedOverlap(bins, { slope: 1, shift: 0, ece: 0 }, 0.5).dice, 0);
    assert.equal(predictedOverlap(emptyBins(), map, 0.5).dice, 1);
  });

  it('leaves out what stands for nothing', () => {
    const [all, some] = [new ProbabilityMeter(1), new ProbabilityMeter(1)];
    all.add(Float32Array.of(0, 0, 0, 0.7));
    all.leaveOut(2);
    some.add(Float32Array.of(0, 0.7));
    assert.deepEqual(all.result(), some.result());
  });
});
