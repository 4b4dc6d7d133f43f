import type { NodeMessage } from 'node-red';
import { InvalidInputError, toErrorRecord } from '../src/base/errors';
import { isRecord } from '../src/base/is-record';
import { prepareCheck, validate } from '../src/base/validate';
import { type ImageDescription, ImageDescriptionSchema } from '../src/image/description';
import { type Failure, type Sample, SampleSchema } from '../src/samples/sample';

/** What a failed sample's message still holds for certain. */
export interface FailedSample {
  id: string;
  failed: Failure;
}

/** To be called on a deploy, so that the first message does not hold up Node-RED. */
export function prepareSampleChecks(): void {
  prepareCheck(SampleSchema);
  prepareCheck(ImageDescriptionSchema);
}

/**
 * The sample in a message, checked.
 * @throws SegmenterError `invalid-input` naming the property, what was expected and the value
 */
export function readSample(msg: NodeMessage): Sample {
  return validate(SampleSchema, msg.payload, 'msg.payload');
}

/** The failed sample in a message, or null when it did not fail. */
export function readFailed(msg: NodeMessage): FailedSample | null {
  const { payload } = msg;
  if (!isRecord(payload) || !isRecord(payload.failed)) return null;
  return payload as unknown as FailedSample;
}

/** Whether a payload looks like a sample at all. */
export function isSampleLike(payload: unknown): boolean {
  return isRecord(payload) && typeof payload.id === 'string';
}

/**
 * Marks a message's sample as failed, so that it travels on and no sequence waits for it. A payload that is no
 * object is kept in `source`, as a sample needs an id.
 * @param node the failing node's name or type
 */
export function markFailed(msg: NodeMessage, node: string, error: unknown): FailedSample {
  const { name, code, message } = toErrorRecord(error);
  const failed: Failure = { node, error: { name, code, message } };
  const known = isRecord(msg.payload) ? msg.payload : msg.payload === undefined ? {} : { source: msg.payload };
  const id = typeof known.id === 'string' ? known.id : 'unknown';
  const sample = { ...known, id, failed };
  msg.payload = sample;
  return sample;
}

/**
 * An image of a sample by its name.
 * @throws SegmenterError `invalid-input` where the sample has none or it is no image
 */
export function imageOf(sample: Sample, name: string): ImageDescription {
  const image: unknown = (sample as Record<string, unknown>)[name];
  if (image === undefined) {
    const has = Object.keys(sample).filter((key) => isImage((sample as Record<string, unknown>)[key]));
    throw new InvalidInputError(`msg.payload.${name}`, `an image; sample ${sample.id} has ${has.join(', ')}`, image);
  }
  return validate(ImageDescriptionSchema, image, `msg.payload.${name}`);
}

/** Whether a value is an image description rather than, say, polygons. */
export function isImage(value: unknown): boolean {
  return isRecord(value) && typeof value.uri === 'string' && Array.isArray(value.shape);
}
