import assert from 'node:assert/strict';
import { binLogits, type ProbabilityHistogram, sigmoid } from '../../src/metrics/probability-histogram';
import { carriedCalibration, predictedThreshold } from '../../src/trust/carried';

const LOGITS = binLogits();
/** As many images as leave the ridge of a fit without weight. */
const IMAGES = 20;

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
    const fold = { unseen: images(3, -1), seen: images(3, -1) };
    const { calibration, gap } = carriedCalibration([fold, fold], images(1.5, 0.4));
    near(gap.slope, 1, 1e-9);
    near(gap.shift, 0, 1e-9);
    near(calibration.slope, 1.5, 1e-2);
    near(calibration.shift, 0.4, 1e-2);
  });

  /** Of calibrated logits z slope z + shift is left on images that were not learned from. */
  const fold = (slope: number, shift: number, [s, t]: [number, number] = [2, -1]) => ({
    ...{ unseen: images(slope * s, slope * t + shift), seen: images(s, t) },
  });

  it('maps it as their logits of seen images are mapped to those of unseen ones, whatever their size', () => {
    for (const own of [
      [3, -1],
      [0.9, 0.5],
    ] as Array<[number, number]>) {
      const folds = [fold(0.8, -0.3, own), fold(0.8, -0.3, own)];
      const { calibration, gap, learned } = carriedCalibration(folds, images(1.5, 0.4));
      near(gap.slope, 0.8, 1e-2);
      near(gap.shift, -0.3, 1e-2);
      near(learned.slope, 1.5, 1e-2);
      near(calibration.slope, gap.slope * learned.slope, 1e-9);
      near(calibration.shift, gap.slope * learned.shift + gap.shift, 1e-9);
      assert.ok(calibration.foreground !== undefined && calibration.foreground > 0);
    }
  });

  it('takes as much less of that as the folds disagree, and nothing of it where one alone tells', () => {
    const slopeOf = (...folds: Parameters<typeof carriedCalibration>[0]) =>
      carriedCalibration(folds, images(1.5, 0.4)).gap.slope;
    const same = slopeOf(fold(0.7, 0), fold(0.7, 0));
    const apart = slopeOf(fold(0.5, 0), fold(1, 0));
    near(same, 0.7, 1e-2);
    assert.ok(apart > same + 0.05 && apart < 1, `${apart}`);
    near(slopeOf(fold(0.7, 0)), 1, 1e-12);
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
    assert.throws(() => carriedCalibration([{ unseen: none, seen: none }], none), { code: 'invalid-input' });
  });
});
