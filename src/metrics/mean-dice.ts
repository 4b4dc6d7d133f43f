import { InvalidInputError } from '../base/errors';
import { type OverlapCounts, overlapMetrics } from './overlap';

/**
 * Mean Dice of the images whose truth has foreground. What is found in an image without any is false like what is found
 * beside an object: it is shared among the others in proportion to their foreground, as if each of them had its part of the
 * empty image around it. So an empty image in which nothing is found changes nothing, however many there are, and of one
 * image with foreground and empty ones it is the Dice of all their pixels.
 * @throws InvalidInputError when no image has foreground: then no Dice tells anything
 */
export function meanDice(images: readonly OverlapCounts[]): number {
  const full = images.filter((counts) => foregroundOf(counts) > 0);
  if (full.length === 0) throw new InvalidInputError('images', 'at least one with foreground', 0);
  const sum = (of: readonly number[]) => of.reduce((total, n) => total + n, 0);
  const foreground = sum(full.map(foregroundOf));
  const stray = sum(images.filter((counts) => foregroundOf(counts) === 0).map((counts) => counts.falsePositive));
  const dices = full.map((counts) => {
    const share = (stray * foregroundOf(counts)) / foreground;
    return overlapMetrics({ ...counts, falsePositive: counts.falsePositive + share }).dice;
  });
  return sum(dices) / full.length;
}

function foregroundOf({ truePositive, falseNegative }: OverlapCounts): number {
  return truePositive + falseNegative;
}
