import type { NodeMessageInFlow } from 'node-red';
import { CancelledError, InvalidInputError } from '../../src/base/errors';
import { type Sample, truthRole } from '../../src/samples/sample';
import { type FailedSample, failedSample, imageOf, isSampleLike, readFailed, readSample } from '../sample-message';

/** What the samples of a sequence come to. */
export interface TrainingData {
  samples: Sample[];
  failed: Array<{ id: string; error: string }>;
}

/** What a training looks at of a sample; the rest would travel to its process, and back after a deploy. */
const USED = ['id', 'raw', 'seg1', 'target', 'weight', 'patches', 'split', 'origin'] as const;

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
  try {
    const failed = readFailed(msg);
    if (failed) return failed;
    const sample = readSample(msg);
    imageOf(sample, truthRole(sample));
    return Object.fromEntries(
      USED.flatMap((name) => (sample[name] ? [[name, sample[name]]] : [])),
    ) as unknown as Sample;
  } catch (error) {
    report(error);
    const { id, failed } = failedSample(msg.payload, node, error);
    return { id, failed };
  }
}

/** Whether a sample failed. */
export function hasFailed(sample: Sample | FailedSample): sample is FailedSample {
  return sample.failed !== undefined;
}

/**
 * Parts good samples from failed ones.
 * @throws CancelledError where the making of the samples was cancelled; InvalidInputError where none is good
 */
export function trainingData(collected: Array<Sample | FailedSample>): TrainingData {
  const failed = collected.filter(hasFailed);
  if (failed.some(({ failed: { error } }) => error.code === 'cancelled')) throw new CancelledError('the training data');
  const samples = collected.filter((sample): sample is Sample => !hasFailed(sample));
  const reasons = failed.map(({ id, failed: { error } }) => ({ id, error: error.message }));
  if (samples.length === 0) {
    const list = reasons.slice(0, 5).map(({ id, error }) => `${id}: ${error}`);
    throw new InvalidInputError('samples to train on', 'at least 1 that did not fail', list.join('; ') || 'none');
  }
  return { samples, failed: reasons };
}
