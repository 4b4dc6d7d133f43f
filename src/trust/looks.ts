import { type Static, Type } from '@sinclair/typebox';
import type { Appearance } from './appearance';

const Table = Type.Array(Type.Array(Type.Number()), { minItems: 1 });

/** How the images of a training look, so that one that does not is told: the card's `looks`. */
export const LooksSchema = Type.Object({
  /** of each channel the mean over images of each number of `APPEARANCE` */
  mean: Table,
  /** how far images of the kind are from it, as a standard deviation with a floor */
  spread: Table,
  /** distances beyond are unlike the training */
  limit: Type.Number({ exclusiveMinimum: 0 }),
  /** of each training image from the others */
  distances: Type.Array(Type.Number({ minimum: 0 })),
});
export type Looks = Static<typeof LooksSchema>;

/** How an image differs from those of a training. */
export const UnlikenessSchema = Type.Object({
  distance: Type.Number(),
  /** of the training; beyond it an image is unlike */
  limit: Type.Number(),
  isUnlike: Type.Boolean(),
  /** what differs, in words; empty where nothing does */
  reasons: Type.Array(Type.String()),
});
export type Unlikeness = Static<typeof UnlikenessSchema>;

/** @param images how each image of the training looks */
export function trainingLooks(images: readonly Appearance[]): Looks {
  throw new Error(`${images.length}`);
}

export function unlikeness(looks: Looks, image: Appearance): Unlikeness {
  throw new Error(`${looks.limit} ${image.length}`);
}
