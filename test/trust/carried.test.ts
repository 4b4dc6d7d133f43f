import assert from 'node:assert/strict';
import { binLogits, type ProbabilityHistogram, sigmoid } from '../../src/metrics/probability-histogram';
import { carriedCalibration, predictedThreshold } from '../../src/trust/carried';

const LOGITS = binLogits();
/** As many images as leave the ridge of a fit without weight. */
const IMAGES = 300;

/** Images in which a logit z is right that is mapped like that. */
function images(slope: number, shift: number): ProbabilityHistogram[] {
  const shares = LOGITS.map((z) => sigmoid(slope * z + shift));
  const image = { foreground: shares.map((p) => 100 * p), background: shares.map((p) => 100 * (1 - p)) };
  return Array.from({ length: IMAGES }, () => image);
}

const near = (found: number, expected: number, by: number) =>
  assert.ok(Math.abs(found - expected) <= by, `${found}, expected ${expected}`);

describe('trust/carried', () => {
  it('takes the model as it is where short trainings said of unseen images what they said of seen ones', () => {
    const { calibration, gap } = carriedCalibration({
      ...{ unseen: images(3, -1), seen: images(3, -1), model: images(1.5, 0.4) },
    });
    near(gap.slope, 1, 1e-9);
    near(gap.shift, 0, 1e-9);
    near(calibration.slope, 1.5, 1e-3);
    near(calibration.shift, 0.4, 1e-3);
  });

  it('maps it as their logits of seen images are mapped to those of unseen ones, whatever their size', () => {
    // of calibrated logits 0.8 z - 0.3 is left on images that were not learned from
    const [slope, shift] = [0.8, -0.3];
    for (const [s, t] of [
      [3, -1],
      [0.9, 0.5],
    ]) {
      const { calibration, gap, learned } = carriedCalibration({
        ...{ unseen: images(slope * s, slope * t + shift), seen: images(s, t), model: images(1.5, 0.4) },
      });
      near(gap.slope, slope, 2e-3);
      near(gap.shift, shift, 2e-3);
      near(learned.slope, 1.5, 1e-3);
      near(calibration.slope, slope * 1.5, 3e-3);
      near(calibration.shift, slope * 0.4 + shift, 3e-3);
      assert.ok(calibration.foreground !== undefined && calibration.foreground > 0);
    }
  });

  it('takes the threshold at half of the best Dice that it predicts', () => {
    // Lipton et al. 2014: of calibrated probabilities F1 is best at half of itself
    const [slope, shift] = [1.2, -0.7];
    const some = images(slope, shift).slice(0, 2);
    const threshold = predictedThreshold(some, { slope, shift, ece: 0 });
    const shares = LOGITS.map((z) => sigmoid(slope * z + shift));
    const at = sigmoid(slope * Math.log(threshold / (1 - threshold)) + shift);
    const found = shares.map((p) => (p > at ? 1 : 0));
    const sum = (weights: Float64Array) => weights.reduce((total, w) => total + w, 0);
    const dice = (2 * sum(shares.map((p, k) => p * found[k]))) / (sum(found) + sum(shares));
    near(at, dice / 2, 0.02);
  });

  it('wants an image with foreground', () => {
    const none = images(1, 0).map(({ background }) => ({ foreground: background.map(() => 0), background }));
    assert.throws(() => carriedCalibration({ unseen: none, seen: none, model: none }), { code: 'invalid-input' });
  });
});
