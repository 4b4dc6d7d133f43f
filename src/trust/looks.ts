import { type Static, Type } from '@sinclair/typebox';
import { InvalidInputError } from '../base/errors';
import { APPEARANCE, type Appearance } from './appearance';

const Row = Type.Array(Type.Number(), { minItems: 1 });

/** How the images of a training look, so that one that does not is told: the card's `looks`. */
export const LooksSchema = Type.Object({
  /** what was measured of each channel, in this order; another list is of another version */
  measures: Type.Array(Type.String()),
  channels: Type.Array(
    Type.Object({
      /** of each measure over the images */
      mean: Row,
      /** of an image to come about the mean, [measure, measure] */
      covariance: Type.Array(Row, { minItems: 1 }),
    }),
    { minItems: 1 },
  ),
  /** distances beyond it are unlike the training */
  limit: Type.Number({ exclusiveMinimum: 0 }),
  /** of each training image from the others; none of a single image */
  distances: Type.Array(Type.Number({ minimum: 0 })),
});
export type Looks = Static<typeof LooksSchema>;

/** How an image differs from those of a training. */
export const UnlikenessSchema = Type.Object({
  /** in standard deviations, over all measures of the channel that differs most */
  distance: Type.Number(),
  /** of the training; beyond it an image is unlike */
  limit: Type.Number(),
  isUnlike: Type.Boolean(),
  /** what differs, in words; empty where nothing does */
  reasons: Type.Array(Type.String()),
});
export type Unlikeness = Static<typeof UnlikenessSchema>;

/** Images that the floors of the spread count as. */
const FLOOR_IMAGES = 2;
/** How far an image may be from the others at least and at most, whatever these say, and where there is one file alone. */
const LIMITS = { least: 1.4, most: 2.2, lone: 2.9 };
/** Measures that far off are named as reasons, ... */
const NAMED = 2;
/** ... the worst few of them. */
const MOST_REASONS = 3;

/**
 * Keeps how the images of a training look: mean and covariance of what is measured of each channel. With few images a
 * covariance says little; it is drawn towards a diagonal of floors, as if two more images had shown these. The limit is the
 * largest distance of an image from those of the other files, within bounds: few may be close by chance, and one that is odd
 * must not let all others pass. It is widened by one part in the number of files, as each of them may be the next extreme.
 * @param files the images of each, all of the same channels; files without images tell nothing
 * @throws InvalidInputError when there is no image
 */
export function trainingLooks(files: readonly (readonly Appearance[])[]): Looks {
  const images = files.flat();
  if (images.length === 0) throw new InvalidInputError('images of a training', 'at least one', 0);
  const channels = channelsOf(images);
  const distances = files.flatMap((file, i) => {
    const others = files.filter((_, other) => other !== i).flat();
    if (others.length === 0) return [];
    const without = channelsOf(others);
    return file.map((image) => distanceOf(without, image));
  });
  return {
    measures: APPEARANCE.map(({ name }) => name),
    channels,
    limit: limitOf(distances, files.filter((file) => file.length > 0).length),
    distances,
  };
}

/**
 * Compares how an image looks with the images of a training (distance of Mahalanobis, by the root of the number of measures
 * to be that of one, of the channel that differs most).
 * @returns null where the card measured something else, or other channels
 */
export function unlikeness({ measures, channels, limit }: Looks, image: Appearance): Unlikeness | null {
  const isKnown = measures.length === APPEARANCE.length && APPEARANCE.every(({ name }, i) => measures[i] === name);
  if (!isKnown || channels.length !== image.length) return null;
  const distance = distanceOf(channels, image);
  const isUnlike = distance > limit;
  return { distance, limit, isUnlike, reasons: isUnlike ? reasonsOf(channels, image) : [] };
}

type Channels = Looks['channels'];

function limitOf(distances: readonly number[], files: number): number {
  if (distances.length === 0) return LIMITS.lone;
  return (1 + 1 / files) * Math.min(LIMITS.most, Math.max(LIMITS.least, ...distances));
}

function channelsOf(images: readonly Appearance[]): Channels {
  const count = images.length;
  return images[0].map((_, c) => {
    const mean = APPEARANCE.map((__, j) => images.reduce((sum, image) => sum + image[c][j], 0) / count);
    // Of an image to come about a mean of so many.
    const wider = (1 + 1 / count) / (FLOOR_IMAGES + count - 1);
    const covariance = mean.map((mj, j) =>
      mean.map((mk, k) => {
        const together = images.reduce((sum, image) => sum + (image[c][j] - mj) * (image[c][k] - mk), 0);
        return wider * (together + (j === k ? FLOOR_IMAGES * APPEARANCE[j].floor ** 2 : 0));
      }),
    );
    return { mean, covariance };
  });
}

function distanceOf(channels: Channels, image: Appearance): number {
  return Math.max(...channels.map(({ mean, covariance }, c) => mahalanobis(covariance, mean, image[c])));
}

/** By forward substitution in the factor of Cholesky, which a positive diagonal of floors lets exist. */
function mahalanobis(covariance: readonly (readonly number[])[], mean: readonly number[], found: readonly number[]) {
  const size = mean.length;
  const factor = mean.map(() => new Float64Array(size));
  const solved = new Float64Array(size);
  let sum = 0;
  for (let j = 0; j < size; j++) {
    let rest = found[j] - mean[j];
    for (let k = 0; k <= j; k++) {
      let entry = covariance[j][k];
      for (let i = 0; i < k; i++) entry -= factor[j][i] * factor[k][i];
      factor[j][k] = k === j ? Math.sqrt(entry) : entry / factor[k][k];
      if (k < j) rest -= factor[j][k] * solved[k];
    }
    solved[j] = rest / factor[j][j];
    sum += solved[j] ** 2;
  }
  return Math.sqrt(sum / size);
}

/** What is the furthest from the training's mean: the worst measures, one for each word. */
function reasonsOf(channels: Channels, image: Appearance): string[] {
  const found = channels.flatMap(({ mean, covariance }, c) =>
    APPEARANCE.map(({ words }, j) => {
      const z = (image[c][j] - mean[j]) / Math.sqrt(covariance[j][j]);
      return { word: words[z < 0 ? 0 : 1], size: Math.abs(z) };
    }),
  );
  const worst = found.sort((a, b) => b.size - a.size);
  const named = worst.filter(({ size }, i) => i === 0 || size > NAMED).map(({ word }) => word);
  return [...new Set(named)].slice(0, MOST_REASONS);
}
