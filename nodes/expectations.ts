import type { NodeMessage } from 'node-red';
import { type Static, Type } from '#typebox';
import { plainJson } from '../src/base/plain-json';
import { prepareCheck, validate } from '../src/base/schema';
import { UnlikenessSchema } from '../src/trust/looks';
import { PredictedOverlapSchema } from '../src/trust/predicted';
import { peek } from './sample-message';

/** What a prediction said of itself, and later metrics carry on: what else was in them is no longer of this message. */
const ExpectationsSchema = Type.Object({
  predicted: Type.Optional(PredictedOverlapSchema),
  unlike: Type.Optional(UnlikenessSchema),
  /** unsure pixels as a share of those that may be foreground */
  uncertainty: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  /** of the mask, where one was made since */
  threshold: Type.Optional(Type.Number()),
});
export type Expectations = Static<typeof ExpectationsSchema>;

/** To be called on a deploy, so that the first message does not hold up Node-RED. */
export function prepareExpectations(): void {
  prepareCheck(ExpectationsSchema);
}

/**
 * Reads what a prediction said of itself from a message's metrics; nothing where these are not a prediction's, whatever
 * was wired in between.
 * @param isPredicted whether the segmentation is the one whose Dice was predicted
 */
export function expectationsOf(msg: NodeMessage, isPredicted = true): Expectations {
  const metrics = peek(msg, 'metrics');
  try {
    const number = (name: string) => {
      const value = peek(metrics, name);
      return typeof value === 'number' ? value : undefined;
    };
    const said = {
      predicted: isPredicted ? peek(metrics, 'predicted') : undefined,
      unlike: peek(metrics, 'unlike'),
      uncertainty: number('uncertainty'),
      threshold: number('threshold'),
    };
    return validate(ExpectationsSchema, plainJson(said, 'msg.metrics'), 'msg.metrics');
  } catch {
    return {};
  }
}
