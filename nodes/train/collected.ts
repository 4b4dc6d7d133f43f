import type { NodeMessageInFlow } from 'node-red';
import { CancelledError, InvalidInputError } from '../../src/base/errors';
import { type Sample, truthRole } from '../../src/samples/sample';
import { type FailedSample, imageOf, isSampleLike, markFailed, readFailed, readSample } from '../sample-message';

/** What the samples of a sequence come to. */
export interface TrainingData {
  samples: Sample[];
  failed: Array<{ id: string; error: string }>;
}

/**
 * A message's sample, checked for what training needs; one that does not fit is marked as failed.
 * @param node the node's name, for the failure
 * @param report told why the sample does not fit
 * @returns null for a message that only ends the sequence
 */
export function readTrainingSample(
  msg: NodeMessageInFlow,
  node: string,
  report: (error: unknown) => void,
): Sample | FailedSample | null {
  if (msg.complete && !isSampleLike(msg.payload)) return null;
  const failed = readFailed(msg);
  if (failed) return failed;
  try {
    const sample = readSample(msg);
    imageOf(sample, truthRole(sample));
    return sample;
  } catch (error) {
    report(error);
    return markFailed(msg, node, error);
  }
}

/**
 * Parts good samples from failed ones.
 * @throws CancelledError where the making of the samples was cancelled; InvalidInputError where none is good
 */
export function trainingData(collected: Array<Sample | FailedSample>): TrainingData {
  const isFailed = (sample: Sample | FailedSample): sample is FailedSample => sample.failed !== undefined;
  const failed = collected.filter(isFailed);
  if (failed.some(({ failed: { error } }) => error.code === 'cancelled')) throw new CancelledError('the training data');
  const samples = collected.filter((sample): sample is Sample => !isFailed(sample));
  const reasons = failed.map(({ id, failed: { error } }) => ({ id, error: error.message }));
  if (samples.length === 0) {
    const list = reasons.slice(0, 5).map(({ id, error }) => `${id}: ${error}`);
    throw new InvalidInputError('samples to train on', 'at least 1 that did not fail', list.join('; ') || 'none');
  }
  return { samples, failed: reasons };
}
