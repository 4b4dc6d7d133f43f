import { type Static, Type } from '#typebox';
import { InvalidInputError } from '../base/errors';
import { mean } from '../base/numbers';
import { logit, sigmoid } from '../metrics/probability-histogram';

/** The share of cases in which the Dice of new files lies in the interval. */
const LEVEL = 0.9;
/**
 * Files of a kind differ at least by so much, whatever a few of them say: a standard deviation of the logit of the Dice,
 * and one of the Dice itself where that is close to 1.
 */
const LEAST_SPREAD = { logit: 0.2, dice: 0.01 };
/** By how much files differ where there is one alone, and how well that is known, in degrees of freedom. */
const LONE_SPREAD = { logit: 0.6, dice: 0.02, degrees: 2 };
/** Degrees of freedom that it is worth to know that least spread. */
const KNOWN_DEGREES = 1 / 3;
/** A mean is taken to be no closer to 0 or 1, where its logit would be infinite. */
const CLOSEST = 0.003;
/** Parts that the half circle of angles is divided in. */
const ANGLES = 1000;

const Share = Type.Number({ minimum: 0, maximum: 1 });

/** What Dice a model is expected to reach on new images of the kind it was trained on: the card's `expected`. */
export const ExpectedDiceSchema = Type.Object({
  /** mean over files */
  dice: Share,
  /** the mean Dice of some new files lies between these in `level` of all cases */
  low: Share,
  high: Share,
  level: Share,
  /** files that it was judged by, each by a network that had not seen it */
  files: Type.Integer({ minimum: 1 }),
  /** images of these files */
  images: Type.Integer({ minimum: 1 }),
});
export type ExpectedDice = Static<typeof ExpectedDiceSchema>;

/**
 * Tells the mean Dice to be expected of new files, and an interval in which it lies 9 times of 10. New files are taken to
 * be half as many as those judged, so that their own sampling widens it: it reaches t * s * sqrt(1/n + 1/m) far, t of
 * Student's distribution, on the scale of the Dice and on that of its logit, the wider end of both. Spread has a floor:
 * two files can agree by chance. Of Dice that are beta distributed over files, as many spreads and means as were tried,
 * the interval holds in 9 of 10 cases from two files on (`test/trust/interval.test.ts`); of one file it says what files
 * mostly differ by, which it cannot know. It does not hold where files fail altogether of which none was judged.
 * @param files the Dice of the images of each file, out of fold; files without images tell nothing
 * @throws InvalidInputError when there is no file, or a Dice is outside 0 to 1
 */
export function expectedDice(files: readonly (readonly number[])[]): ExpectedDice {
  const judged = files.filter((dices) => dices.length > 0);
  const n = judged.length;
  if (n === 0) throw new InvalidInputError('files to expect Dice by', 'at least one with an image', 0);
  const wrong = judged.flat().find((dice) => !(dice >= 0 && dice <= 1));
  if (wrong !== undefined) throw new InvalidInputError('Dice', '0 to 1', wrong);
  const means = judged.map(mean);
  const dice = mean(means);
  const inside = Math.min(1 - CLOSEST, Math.max(CLOSEST, dice));
  const slope = inside * (1 - inside);
  const floor = ({ logit: ofLogit, dice: ofDice }: { logit: number; dice: number }) =>
    Math.hypot(ofLogit * slope, ofDice);
  const variance = means.reduce((sum, mean) => sum + (mean - dice) ** 2, 0) / Math.max(1, n - 1);
  const spread = n === 1 ? floor(LONE_SPREAD) : Math.max(Math.sqrt(variance), floor(LEAST_SPREAD));
  const degrees = n === 1 ? LONE_SPREAD.degrees : n - 1 + KNOWN_DEGREES;
  const half = studentQuantile((1 + LEVEL) / 2, degrees) * spread * Math.sqrt(1 / n + 1 / Math.ceil(n / 2));
  const onLogit = (distance: number) => sigmoid(logit(inside) + distance / slope);
  return {
    dice,
    low: Math.max(0, Math.min(dice - half, onLogit(-half))),
    high: Math.min(1, Math.max(dice + half, onLogit(half))),
    level: LEVEL,
    files: n,
    images: judged.flat().length,
  };
}

/**
 * The quantile of Student's distribution: with t = sqrt(degrees) tan(angle) its density goes with cos(angle) to the power
 * of degrees - 1, which is summed from the upper end.
 * @param share above 0.5
 * @param degrees of freedom, 1 or more, whole or not
 */
export function studentQuantile(share: number, degrees: number): number {
  const step = Math.PI / ANGLES;
  const density = Float64Array.from({ length: ANGLES }, (_, i) => Math.sin((i + 0.5) * step) ** (degrees - 1));
  let left = (1 - share) * density.reduce((sum, value) => sum + value, 0);
  let i = 0;
  while (left > density[i]) left -= density[i++];
  return Math.sqrt(degrees) / Math.tan((i + left / density[i]) * step);
}
