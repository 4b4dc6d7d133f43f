import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { expectedDice, studentQuantile } from '../../src/trust/interval';

/** Mean Dice of files, and how little they differ: a + b of the beta distribution. */
const KINDS = [0.6, 0.8, 0.9, 0.95, 0.98].flatMap((mean) => [5, 20, 100, 1000].map((together) => ({ mean, together })));
const REPETITIONS = 200;

describe('trust/interval', () => {
  it('holds the mean Dice of new files in 9 of 10 cases, from two files on', () => {
    const random = new Random(77);
    for (const n of [2, 3, 5, 12, 40]) {
      for (const m of n < 5 ? [Math.ceil(n / 2), n] : [Math.ceil(n / 2)]) {
        const held = KINDS.map(({ mean, together }) => {
          const files = (count: number) => Array.from({ length: count }, () => beta(random, mean, together));
          let inside = 0;
          for (let i = 0; i < REPETITIONS; i++) {
            const { low, high } = expectedDice(files(n).map((dice) => [dice]));
            const dice = files(m).reduce((sum, one) => sum + one, 0) / m;
            if (dice >= low && dice <= high) inside++;
          }
          return inside / REPETITIONS;
        });
        // 0.064 is three times the standard error of a share of 0.9 in 200.
        assert.ok(Math.min(...held) >= 0.9 - 0.064, `${n} files, ${m} new ones: ${held.join(' ')}`);
        assert.ok(held.reduce((sum, share) => sum + share, 0) / held.length >= 0.9, `${n} files, ${m} new ones`);
      }
    }
  });

  it('narrows with the number of files, and stays of use', () => {
    const widths = [1, 2, 3, 5, 8, 16, 40].map((n) => {
      const { low, high } = expectedDice(Array.from({ length: n }, (_, i) => [0.9 + (i % 2 ? 0.03 : -0.03)]));
      return high - low;
    });
    assert.deepEqual(
      widths,
      [...widths].sort((a, b) => b - a),
    );
    assert.ok(widths[0] < 0.75 && widths[2] < 0.25 && widths[5] < 0.06, widths.join(' '));
  });

  it('is the t interval of a mean and a new one on the scale of Dice, where that is the wider', () => {
    const { dice, low, high, level, files, images } = expectedDice([[0.4], [0.5], [0.6]]);
    // sd 0.1, t(0.95; 2 1/3) = 2.65448 by scipy.stats.t.ppf, sqrt(1/3 + 1/2) = 0.9129
    assert.ok(Math.abs(dice - 0.5) < 1e-12);
    assert.ok(Math.abs(low - (0.5 - 0.265448 * 0.91287)) < 1e-4 && Math.abs(high - (0.5 + 0.265448 * 0.91287)) < 1e-4);
    assert.deepEqual([level, files, images], [0.9, 3, 3]);
  });

  it('weighs files, not images, and stays within 0 and 1 where all are perfect or none', () => {
    const { dice, files, images } = expectedDice([[0.9, 0.9, 0.9], [0.6], []]);
    assert.deepEqual([dice, files, images], [0.75, 2, 4]);
    for (const value of [0, 1]) {
      const { low, high } = expectedDice([[value], [value]]);
      assert.ok(low >= 0 && high <= 1 && low <= value && high >= value && high > low);
    }
    assert.throws(() => expectedDice([[]]), { message: /at least one with an image/ });
    assert.throws(() => expectedDice([[1.2]]), { message: /0 to 1/ });
  });

  it('has the quantiles of Student’s distribution', () => {
    // scipy.stats.t.ppf(0.95, ...)
    const known = [
      [1, 6.313752],
      [4 / 3, 4.205664],
      [2, 2.919986],
      [7 / 3, 2.654481],
      [10, 1.812461],
      [39, 1.684875],
    ];
    for (const [degrees, t] of known) assert.ok(Math.abs(studentQuantile(0.95, degrees) / t - 1) < 2e-4, `${degrees}`);
  });
});

/** A beta distributed number, by two gamma distributed ones (Marsaglia and Tsang, ACM TOMS 26, 2000). */
function beta(random: Random, mean: number, together: number): number {
  const [a, b] = [gamma(random, mean * together), gamma(random, (1 - mean) * together)];
  return a / (a + b);
}

function gamma(random: Random, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * random.uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const x = random.normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
