import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import {
  addProbabilities,
  binLogits,
  binOf,
  logit,
  noProbabilities,
  type ProbabilityHistogram,
  sigmoid,
} from '../../src/metrics/probability-histogram';
import { calibrated, calibratedBins, calibrationError, fitCalibration, reliability } from '../../src/trust/calibration';

const LOGITS = binLogits();

/** An image of which each bin has so many pixels, by its logit, and a share of foreground. */
function image(pixels: (z: number) => number, share: (z: number) => number): ProbabilityHistogram {
  return {
    foreground: LOGITS.map((z) => pixels(z) * share(z)),
    background: LOGITS.map((z) => pixels(z) * (1 - share(z))),
  };
}

/** An image with pixels of some probabilities, `hits` of `n` of them foreground. */
function of(...groups: { p: number; n: number; hits: number }[]): ProbabilityHistogram {
  const histogram = noProbabilities();
  for (const { p, n, hits } of groups) {
    histogram.foreground[binOf(p)] += hits;
    histogram.background[binOf(p)] += n - hits;
  }
  return histogram;
}

const near = (found: number, expected: number, by: number) =>
  assert.ok(Math.abs(found - expected) <= by, `${found}, expected ${expected}`);

describe('trust/calibration', () => {
  it('leaves alone what is calibrated', () => {
    const { slope, shift, ece } = fitCalibration([image(() => 3, sigmoid), image(() => 5, sigmoid)]);
    near(slope, 1, 1e-9);
    near(shift, 0, 1e-9);
    near(ece, 0, 1e-9);
  });

  it('finds the slope and the shift that probabilities were bent by', () => {
    for (const [slope, shift] of [
      [0.6, -0.4],
      [1.5, 0.8],
      [0.9, 2],
    ]) {
      const images = Array.from({ length: 100 }, () =>
        image(
          () => 100,
          (z) => sigmoid(slope * z + shift),
        ),
      );
      const found = fitCalibration(images);
      // the ridge weighs 1e-3 images, these 100
      near(found.slope, slope, 1e-3);
      near(found.shift, shift, 1e-3);
      near(found.ece, 0, 1e-3);
      near(calibrated(0.3, found), sigmoid(slope * logit(0.3) + shift), 1e-3);
    }
  });

  it('goes through the shares of two groups, as logistic regression does', () => {
    const images = Array.from({ length: 20 }, () => of({ p: 0.3, n: 50, hits: 20 }, { p: 0.8, n: 50, hits: 30 }));
    const [low, high] = [LOGITS[binOf(0.3)], LOGITS[binOf(0.8)]];
    const slope = (logit(0.6) - logit(0.4)) / (high - low);
    const found = fitCalibration(images);
    near(found.slope, slope, 1e-3);
    near(found.shift, logit(0.4) - slope * low, 1e-3);
  });

  it('counts each image the same, however large, and those without foreground too', () => {
    const [one, other] = [of({ p: 0.7, n: 10, hits: 5 }, { p: 0.1, n: 90, hits: 3 }), of({ p: 0.2, n: 100, hits: 50 })];
    const large = {
      foreground: other.foreground.map((n) => 1e6 * n),
      background: other.background.map((n) => 1e6 * n),
    };
    const [small, scaled] = [fitCalibration([one, other]), fitCalibration([one, large])];
    near(scaled.slope, small.slope, 1e-9);
    near(scaled.shift, small.shift, 1e-9);
    const empty = of({ p: 0.7, n: 100, hits: 0 });
    assert.ok(calibrated(0.7, fitCalibration([one, empty])) < calibrated(0.7, fitCalibration([one])) - 0.1);
    near(fitCalibration([one, empty]).foreground ?? 0, 0.08, 1e-12);
    assert.throws(() => fitCalibration([empty]), { message: /at least one with foreground/ });
    assert.throws(() => fitCalibration([noProbabilities()]), { message: /at least one with foreground/ });
  });

  it('keeps the slope positive and bounded, whatever it is shown', () => {
    const perfect = of({ p: 0.9, n: 50, hits: 50 }, { p: 0.1, n: 50, hits: 0 });
    const reversed = of({ p: 0.9, n: 50, hits: 0 }, { p: 0.1, n: 50, hits: 50 });
    const random = new Random(5);
    const noise = Array.from({ length: 30 }, () => of({ p: random.uniform(), n: 9, hits: random.integer(9) + 1 }));
    for (const images of [[perfect], Array(50).fill(perfect), [reversed], [perfect, reversed], noise]) {
      const { slope, shift, ece } = fitCalibration(images);
      assert.ok(slope >= 0.2 && slope <= 20 && Number.isFinite(shift) && ece >= 0 && ece <= 1, `${slope} ${shift}`);
    }
    assert.equal(fitCalibration(Array(200).fill(perfect)).slope > 1, true);
    assert.equal(fitCalibration([reversed]).slope, 0.2);
  });

  it('is a monotonous map of probabilities', () => {
    const shares = calibratedBins({ slope: 0.4, shift: -1 });
    assert.deepEqual(
      [...shares],
      [...shares].sort((a, b) => a - b),
    );
    assert.ok(shares[0] > 0 && (shares.at(-1) ?? 1) < 1);
  });

  it('has the reliability of shares in rows, and their mean distance', () => {
    const map = { slope: 1, shift: 0 };
    const images = [of({ p: 0.3, n: 40, hits: 10 }, { p: 0.9, n: 60, hits: 60 }), of({ p: 0.3, n: 1000, hits: 0 })];
    const rows = reliability(images, map);
    const [low, high] = [calibratedBins(map)[binOf(0.3)], calibratedBins(map)[binOf(0.9)]];
    const full = rows.filter(({ share }) => share > 0);
    assert.deepEqual(
      full.map(({ from, to }) => [from, to]),
      [
        [0.2, 0.3],
        [0.8, 0.9],
      ],
    );
    near(full[0].share, 0.7, 1e-12);
    near(full[0].observed, 0.1 / 1.4, 1e-12);
    near(full[0].predicted, low, 1e-12);
    near(full[1].share, 0.3, 1e-12);
    near(full[1].observed, 1, 1e-12);
    near(low, 0.295, 1e-3);
    near(calibrationError(rows), 0.7 * Math.abs(low - 0.1 / 1.4) + 0.3 * (1 - high), 1e-12);
  });

  it('learns from the pixels of a network that is too sure of itself', () => {
    const random = new Random(9);
    const images = Array.from({ length: 6 }, () => {
      const truth = new Uint8Array(4000);
      const probability = Float32Array.from(truth, (_, i) => {
        const z = 3 * random.normal() - 1;
        truth[i] = random.chance(sigmoid(z)) ? 1 : 0;
        return sigmoid(2 * z);
      });
      const histogram = noProbabilities();
      addProbabilities(histogram, probability, truth, null);
      return histogram;
    });
    const { slope, shift, ece } = fitCalibration(images);
    near(slope, 0.5, 0.03);
    near(shift, 0, 0.1);
    assert.ok(ece < 0.01 && calibrationError(reliability(images, { slope: 1, shift: 0 })) > 0.05);
  });
});
