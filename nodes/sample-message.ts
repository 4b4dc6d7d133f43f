import type { NodeMessage } from 'node-red';
import { SegmenterError, toErrorRecord } from '../src/base/errors';
import { isRecord, type JsonBounds, plainJson } from '../src/base/plain-json';
import { prepareCheck, validate } from '../src/base/schema';
import { show } from '../src/base/show';
import { type ImageDescription, ImageDescriptionSchema } from '../src/image/description';
import { listNames } from '../src/samples/names';
import {
  type FailedSample,
  FailedSampleSchema,
  type Failure,
  LONGEST_ID,
  type Sample,
  SampleSchema,
} from '../src/samples/sample';

export type { FailedSample };

/** Compiles the checks: called on a deploy, so that the first message does not hold up Node-RED. */
export function prepareSampleChecks(): void {
  prepareCheck(SampleSchema);
  prepareCheck(ImageDescriptionSchema);
  prepareCheck(FailedSampleSchema);
}

/**
 * Reads the sample in a message, checked: a copy that is plain JSON within bounds.
 * @throws SegmenterError `invalid-input` naming the property, what was expected and the value
 */
export function readSample(msg: NodeMessage): Sample {
  return validate(SampleSchema, plainJson(msg.payload, 'msg.payload'), 'msg.payload');
}

/** Gives a sample as a job needs it that looks at its images: regions and what came in may be large. */
export function imagesOf({ mergeMask: _merge, excludeMask: _exclude, source: _source, ...sample }: Sample): Sample {
  return sample;
}

/** Tells whether a message holds a sample that failed before. */
export function isFailed({ payload }: NodeMessage): boolean {
  try {
    return isRecord(peek(payload, 'failed'));
  } catch {
    // A revoked proxy is not even asked whether it is a list.
    return false;
  }
}

/**
 * Reads the failed sample in a message, or null when it did not fail.
 * @throws SegmenterError `invalid-input` where it does not say how it failed
 */
export function readFailed(msg: NodeMessage): FailedSample | null {
  if (!isFailed(msg)) return null;
  const { payload } = msg;
  const said = plainJson({ id: peek(payload, 'id'), failed: peek(payload, 'failed') }, 'msg.payload');
  return validate(FailedSampleSchema, said, 'msg.payload');
}

/** Tells whether a payload looks like a sample at all. */
export function isSampleLike(payload: unknown): boolean {
  return typeof peek(payload, 'id') === 'string';
}

/** Gives the id of what may be a sample; null where it has none. */
export function sampleId(payload: unknown): string | null {
  const id = peek(payload, 'id');
  return typeof id === 'string' && id.length <= LONGEST_ID ? id : null;
}

/** Reads a property of whatever a message holds; undefined where there is none, or it cannot be read. */
export function peek(value: unknown, property: string): unknown {
  try {
    return isRecord(value) ? value[property] : undefined;
  } catch {
    return undefined;
  }
}

/** Of a sample that failed nobody needs thousands of polygons: whoever tries again has the message that came in. */
const FAILED_BOUNDS: JsonBounds = { depth: 50, values: 10_000, text: 500_000 };

/** Gives a value as plain JSON where it is a moderate amount of that, else a short text of it. */
export function jsonOrText(value: unknown): unknown {
  try {
    return plainJson(value, 'msg.payload', FAILED_BOUNDS);
  } catch {
    return show(value);
  }
}

/**
 * Makes the sample of a payload, marked as failed, so that it travels on and no sequence waits for it. A payload that is
 * no object is kept in `source`, as a sample needs an id.
 * @param node the failing node's name or type
 */
export function failedSample(payload: unknown, node: string, error: unknown): FailedSample & Record<string, unknown> {
  const { name, code, message } = toErrorRecord(error);
  const failed: Failure = { node, error: { name, code, message } };
  const json = payload === undefined ? {} : jsonOrText(payload);
  const known = isRecord(json) ? json : { id: peek(payload, 'id'), source: json };
  const { id } = known;
  return { ...known, id: typeof id === 'string' && id !== '' && id.length <= LONGEST_ID ? id : 'unknown', failed };
}

/**
 * Makes the message that goes on where its sample failed. The one that came in stays as it is: a Catch node gets that,
 * and may send it in again.
 */
export function failedMessage(msg: NodeMessage, node: string, error: unknown): NodeMessage {
  return isFailed(msg) ? msg : { ...msg, payload: failedSample(msg.payload, node, error) };
}

/**
 * Gives an image of a sample by its name.
 * @throws SegmenterError `invalid-input` where the sample has none or it is no image
 */
export function imageOf(sample: Sample, name: string): ImageDescription {
  const image: unknown = (sample as Record<string, unknown>)[name];
  if (image === undefined) {
    // Without the sample's id: a name that is wrong in a node's settings fails alike for each.
    const has = Object.keys(sample).filter((key) => isImage((sample as Record<string, unknown>)[key]));
    const message = `the sample has no image ${show(name)}; it has ${listNames(has)}`;
    throw new SegmenterError('invalid-input', message, { name: `msg.payload.${name}`, has: has.slice(0, 20) });
  }
  return validate(ImageDescriptionSchema, image, `msg.payload.${name}`);
}

/** Tells whether a value is an image description rather than, say, polygons. */
export function isImage(value: unknown): boolean {
  return isRecord(value) && typeof value.uri === 'string' && Array.isArray(value.shape);
}
