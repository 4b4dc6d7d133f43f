import assert from 'node:assert/strict';
import { addProbabilities, noProbabilities } from '../../src/metrics/probability-histogram';
import { honestOverlaps, pooledThreshold } from '../../src/trust/threshold';

/** An image whose foreground has one probability and whose background another: the best threshold lies between. */
function image(background: number, foreground: number, foregroundPixels = 50) {
  const truth = Uint8Array.from({ length: 100 }, (_, i) => (i < foregroundPixels ? 1 : 0));
  const histogram = noProbabilities();
  addProbabilities(
    histogram,
    Float32Array.from(truth, (t) => (t ? foreground : background)),
    truth,
    null,
  );
  return histogram;
}

describe('trust/threshold', () => {
  it('keeps a best threshold that folds agree on', () => {
    const folds = Array.from({ length: 4 }, () => [image(0.195, 0.305), image(0.195, 0.305)]);
    assert.deepEqual(pooledThreshold(folds), { threshold: 0.25, best: 0.25, standardError: 0 });
  });

  it('shrinks it towards 0.5 by what they differ', () => {
    // best at 0.25 and 0.45, together in between: sd 0.1414, SE 0.1
    const folds = [[image(0.195, 0.505)], [image(0.395, 0.505)]];
    const own = folds.map((images) => pooledThreshold([images]).best);
    assert.deepEqual(own, [0.35, 0.45]);
    const { threshold, best, standardError } = pooledThreshold(folds);
    assert.equal(best, 0.45);
    assert.ok(Math.abs(standardError - 0.05) < 1e-12);
    // 0.5 - 0.05 * 0.0025 / (0.0025 + 0.0025) = 0.475, on the grid
    assert.ok(threshold === 0.47 || threshold === 0.48, `${threshold}`);
    const apart = [[image(0.045, 0.305)], [image(0.295, 0.935)]];
    const spread = pooledThreshold(apart);
    assert.ok(Math.abs(spread.threshold - 0.5) < Math.abs(spread.best - 0.5), `${spread.threshold}`);
  });

  it('trusts a single fold with what folds mostly differ by', () => {
    const { threshold, best } = pooledThreshold([[image(0.195, 0.305)]]);
    // 0.5 - 0.25 * 0.0625 / (0.0625 + 0.0225) = 0.316
    assert.deepEqual([threshold, best], [0.32, 0.25]);
    // a fold without foreground tells nothing of its error
    const withEmpty = pooledThreshold([[image(0.195, 0.305)], [image(0.1, 0.9, 0)]]);
    assert.deepEqual([withEmpty.threshold, withEmpty.standardError], [0.32, 0.15]);
    assert.equal(pooledThreshold([[image(0.495, 0.505)]]).threshold, 0.5);
    assert.throws(() => pooledThreshold([[image(0.1, 0.9, 0)]]), { message: /at least one with foreground/ });
  });

  it('judges each image at the threshold of the other folds', () => {
    const low = () => [image(0.195, 0.305), image(0.195, 0.305)];
    const odd = [image(0.295, 0.405), image(0.1, 0.2, 0)];
    const judged = honestOverlaps([low(), low(), odd]);
    const { threshold } = pooledThreshold([low(), low()]);
    assert.equal(threshold, 0.25);
    // All is foreground at 0.25: 50 of 100 pixels are.
    assert.deepEqual(
      judged[2].map(({ threshold: t, dice }) => [t, dice]),
      [
        [0.25, 2 / 3],
        [0.25, null],
      ],
    );
    assert.equal(judged[2][1].counts.falsePositive, 0);
    // What it would have chosen itself, with the others, leaves it whole.
    for (const { threshold: t, dice } of judged[0]) assert.ok(t !== 0.25 && dice !== null);
    assert.deepEqual(honestOverlaps([[image(0.4, 0.6)]])[0][0].threshold, 0.5);
    assert.deepEqual(honestOverlaps([[image(0.4, 0.6)], [image(0.4, 0.6, 0)]])[0][0].threshold, 0.5);
  });
});
