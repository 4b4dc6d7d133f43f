import { type Static, Type } from '#typebox';
import { InvalidInputError } from '../base/errors';
import type { Measure } from './measures';

const Row = Type.Array(Type.Number(), { minItems: 1 });

/** How what was measured of the images of a training scatters, and how far it does at most. */
export const SpreadSchema = Type.Object({
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
export type Spread = Static<typeof SpreadSchema>;
type Channels = Spread['channels'];

/** How far an image may be from the others at least and at most, whatever these say, and where there is one file alone. */
export interface SpreadLimits {
  least: number;
  most: number;
  lone: number;
}

/** Images that the floors of the spread count as. */
const FLOOR_IMAGES = 2;

/**
 * Keeps mean and covariance of what is measured of each channel of the images of a training. With few images a
 * covariance says little; it is drawn towards a diagonal of floors, as if two more images had shown these. The limit is the
 * largest distance of an image from those of the other files, within bounds: few may be close by chance, and one that is odd
 * must not let all others pass. It is widened by one part in the number of files, as each of them may be the next extreme.
 * @param files the images of each, of each its channels, of each what was measured; files without images tell nothing
 * @throws InvalidInputError when there is no image
 */
export function spreadOf(
  files: ReadonlyArray<ReadonlyArray<readonly (readonly number[])[]>>,
  measures: readonly Measure[],
  limits: SpreadLimits,
): Spread {
  const images = files.flat();
  if (images.length === 0) throw new InvalidInputError('images of a training', 'at least one', 0);
  const channels = channelsOf(images, measures);
  const distances = files.flatMap((file, i) => {
    const others = files.filter((_, other) => other !== i).flat();
    if (others.length === 0) return [];
    const without = channelsOf(others, measures);
    return file.map((image) => distanceFrom(without, image));
  });
  return {
    measures: measures.map(({ name }) => name),
    channels,
    limit: limitOf(distances, files.filter((file) => file.length > 0).length, limits),
    distances,
  };
}

/** Tells whether a spread is of these measures and of so many channels, so that an image can be compared with it. */
export function isOf(spread: Spread, measures: readonly Measure[], channels: number): boolean {
  const { measures: names } = spread;
  const isKnown = names.length === measures.length && measures.every(({ name }, i) => names[i] === name);
  return isKnown && spread.channels.length === channels;
}

/**
 * Gives how far an image is from a training: the distance of Mahalanobis, by the root of the number of measures to be that of
 * one, of the channel that differs most.
 * @param along directions, by channel, in which a standard deviation of one more is taken for usual; absent: none
 */
export function distanceFrom(
  channels: Channels,
  image: readonly (readonly number[])[],
  along?: readonly (readonly number[])[],
): number {
  const distances = channels.map(({ mean, covariance }, c) => {
    const wider = along?.[c]
      ? covariance.map((row, j) => row.map((v, k) => v + along[c][j] * along[c][k]))
      : covariance;
    const found = whitened(
      wider,
      mean.map((m, j) => image[c][j] - m),
    );
    return Math.sqrt(found.reduce((sum, value) => sum + value ** 2, 0) / found.length);
  });
  return Math.max(...distances);
}

/** Tells on which side of the training an image lies along a direction: below 0 before it, above behind. */
export function sideAlong(
  channels: Channels,
  image: readonly (readonly number[])[],
  along: readonly (readonly number[])[],
): number {
  return channels.reduce((sum, { mean, covariance }, c) => {
    const [found, way] = [mean.map((m, j) => image[c][j] - m), along[c]].map((vector) => whitened(covariance, vector));
    return sum + found.reduce((dot, value, j) => dot + value * way[j], 0);
  }, 0);
}

function limitOf(distances: readonly number[], files: number, { least, most, lone }: SpreadLimits): number {
  if (distances.length === 0) return lone;
  return (1 + 1 / files) * Math.min(most, Math.max(least, ...distances));
}

function channelsOf(images: ReadonlyArray<readonly (readonly number[])[]>, measures: readonly Measure[]): Channels {
  const count = images.length;
  return images[0].map((_, c) => {
    const mean = measures.map((__, j) => images.reduce((sum, image) => sum + image[c][j], 0) / count);
    // Of an image to come about a mean of so many.
    const wider = (1 + 1 / count) / (FLOOR_IMAGES + count - 1);
    const covariance = mean.map((mj, j) =>
      mean.map((mk, k) => {
        const together = images.reduce((sum, image) => sum + (image[c][j] - mj) * (image[c][k] - mk), 0);
        return wider * (together + (j === k ? FLOOR_IMAGES * measures[j].floor ** 2 : 0));
      }),
    );
    return { mean, covariance };
  });
}

/** By forward substitution in the factor of Cholesky, which a positive diagonal of floors lets exist. */
function whitened(covariance: readonly (readonly number[])[], vector: readonly number[]): Float64Array {
  const size = vector.length;
  const factor = vector.map(() => new Float64Array(size));
  const solved = new Float64Array(size);
  for (let j = 0; j < size; j++) {
    let rest = vector[j];
    for (let k = 0; k <= j; k++) {
      let entry = covariance[j][k];
      for (let i = 0; i < k; i++) entry -= factor[j][i] * factor[k][i];
      factor[j][k] = k === j ? Math.sqrt(entry) : entry / factor[k][k];
      if (k < j) rest -= factor[j][k] * solved[k];
    }
    solved[j] = rest / factor[j][j];
  }
  return solved;
}
