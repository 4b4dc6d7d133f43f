import { type Static, Type } from '#typebox';
import { words } from '../base/schema';
import type { Appearance, TrainingAppearance } from './appearance';
import { FIELD } from './field';
import { APPEARANCE, type Measure } from './measures';
import { distanceFrom, isOf, type Spread, SpreadSchema, sideAlong, spreadOf } from './spread';

/** How the images of a training look, so that one that does not is told: the card's `looks`. */
export const LooksSchema = Type.Object({
  ...SpreadSchema.properties,
  /** how they change across the field; absent: none of them has windows enough, or nobody measured it yet */
  field: Type.Optional(SpreadSchema),
  /** of each channel, by how much the measures would be others with more objects; absent: too few files, or nobody measured it yet */
  amount: Type.Optional(Type.Array(Type.Array(Type.Number()), { minItems: 1 })),
});
export type Looks = Static<typeof LooksSchema>;

/** How an image differs from those of a training. */
export const UnlikenessSchema = Type.Object({
  /** in standard deviations, over all measures of the channel that differs most, in the scale of `limit` */
  distance: Type.Number(),
  /** of the training; beyond it an image is unlike, but where it only holds another amount of objects */
  limit: Type.Number(),
  isUnlike: Type.Boolean(),
  /** it differs as images with fewer or more objects do, and in nothing else */
  amount: Type.Optional(words(['fewer', 'more'] as const)),
  /** what differs, in words; empty where nothing does */
  reasons: Type.Array(Type.String()),
});
export type Unlikeness = Static<typeof UnlikenessSchema>;

const LIMITS = { least: 1.4, most: 2.2, lone: 2.9 };
/** Of three numbers the root of their mean square scatters more than of ten: as many normal ones lie beyond these as beyond the limits above. */
const FIELD_LIMITS = { least: 1.71, most: 2.68, lone: 3.54 };
/** Of fewer files nothing is known of how images differ, so that nothing is put down to the amount of objects. */
const FEWEST_FILES = 3;
/** Measures that far off are named as reasons, ... */
const NAMED = 2;
/** ... the worst few of them. */
const MOST_REASONS = 3;

/**
 * Keeps how the images of a training look, what they look like across the field, and what another amount of objects would change.
 * @param files the images of each file, all of the same channels; files without images tell nothing
 * @throws InvalidInputError when there is no image
 */
export function trainingLooks(files: ReadonlyArray<readonly TrainingAppearance[]>): Looks {
  const looks = spreadOf(
    files.map((file) => file.map((image) => image.looks)),
    APPEARANCE,
    LIMITS,
  );
  const fields = files.map((file) => file.flatMap(({ field }) => (field ? [field] : [])));
  return {
    ...looks,
    ...(fields.flat().length > 0 ? { field: spreadOf(fields, FIELD, FIELD_LIMITS) } : {}),
    ...(files.filter((file) => file.length > 0).length >= FEWEST_FILES ? { amount: meanAmount(files.flat()) } : {}),
  };
}

/** Of each channel, what another amount of objects changes in the images on average. */
function meanAmount(images: readonly TrainingAppearance[]): number[][] {
  const mean = (c: number, j: number) => images.reduce((sum, { amount }) => sum + amount[c][j], 0) / images.length;
  return images[0].amount.map((numbers, c) => numbers.map((_, j) => mean(c, j)));
}

/**
 * Compares how an image looks, and what it looks like across the field, with the images of a training.
 * @returns null where the card measured something else, or other channels
 */
export function unlikeness(known: Looks, image: Appearance): Unlikeness | null {
  const { limit, channels, amount } = known;
  if (!isOf(known, APPEARANCE, image.looks.length)) return null;
  const looks = distanceFrom(channels, image.looks);
  const { field } = known;
  const seen = field && image.field && isOf(field, FIELD, image.field.length) ? image.field : null;
  const across = field && seen ? (distanceFrom(field.channels, seen) * limit) / field.limit : 0;
  const distance = Math.max(looks, across);
  if (distance <= limit) return { distance, limit, isUnlike: false, reasons: [] };
  if (across <= limit && amount && distanceFrom(channels, image.looks, amount) <= limit) {
    const isMore = sideAlong(channels, image.looks, amount) > 0;
    return { distance, limit, isUnlike: false, amount: isMore ? 'more' : 'fewer', reasons: [] };
  }
  const named = [
    ...(looks > limit ? differences(channels, APPEARANCE, image.looks) : []),
    ...(across > limit && field && seen ? differences(field.channels, FIELD, seen) : []),
  ];
  return { distance, limit, isUnlike: true, reasons: reasonsOf(named) };
}

interface Difference {
  word: string;
  /** in standard deviations */
  size: number;
}

function differences(
  channels: Spread['channels'],
  measures: readonly Measure[],
  image: readonly (readonly number[])[],
): Difference[] {
  return channels.flatMap(({ mean, covariance }, c) =>
    measures.map(({ words: [less, more] }, j) => {
      const z = (image[c][j] - mean[j]) / Math.sqrt(covariance[j][j]);
      return { word: z < 0 ? less : more, size: Math.abs(z) };
    }),
  );
}

/** What is the furthest from the training's mean: the worst measures, one for each word. */
function reasonsOf(found: readonly Difference[]): string[] {
  const worst = found.toSorted((a, b) => b.size - a.size);
  const named = worst.filter(({ size }, i) => i === 0 || size > NAMED).map(({ word }) => word);
  return [...new Set(named)].slice(0, MOST_REASONS);
}
