import { type Static, Type } from '@sinclair/typebox';

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
 * @param files the Dice of the images of each file, out of fold
 */
export function expectedDice(files: readonly (readonly number[])[]): ExpectedDice {
  throw new Error(`${files.length}`);
}
