import type { NodeMessage } from 'node-red';
import { Type } from '#typebox';
import { InvalidInputError } from '../../src/base/errors';
import { isRecord } from '../../src/base/plain-json';
import { validate } from '../../src/base/schema';
import { peek } from '../sample-message';

/**
 * Node-RED's `msg.parts`. `inner` marks the parts of one image (its patches, its scenes): they belong to the
 * sequence of images around them, so a collecting node waits for that one.
 */
export interface Parts {
  id: string;
  index: number;
  count?: number;
  inner?: boolean;
  parts?: Parts;
}

const LevelSchema = Type.Object({
  id: Type.String({ maxLength: 1000 }),
  index: Type.Integer({ minimum: 0 }),
  count: Type.Optional(Type.Integer({ minimum: 1 })),
  inner: Type.Optional(Type.Boolean()),
});

/** Sequences within each other. */
const MOST_LEVELS = 20;
/** Properties of a level: beyond, only its own are kept, as copying very many takes long. */
const MOST_NAMES = 1000;

/** Reads the sequence a message is part of, or null. @throws SegmenterError `invalid-input` */
export function readParts(msg: NodeMessage): Parts | null {
  return msg.parts === undefined || msg.parts === null ? null : checkLevel(msg.parts, 'msg.parts');
}

function checkLevel(value: unknown, name: string, depth = 1): Parts {
  if (depth > MOST_LEVELS) {
    throw new InvalidInputError('msg.parts', `at most ${MOST_LEVELS} sequences within each other`, 'more');
  }
  const read = (property: string) => ifThere(property, peek(value, property));
  const level = validate(LevelSchema, { ...read('id'), ...read('index'), ...read('count'), ...read('inner') }, name);
  const outer = peek(value, 'parts');
  // What else core nodes keep there, for a join, travels along.
  const others = isRecord(value) && Object.keys(value).length <= MOST_NAMES ? value : {};
  return outer === undefined || outer === null
    ? { ...others, ...level }
    : { ...others, ...level, parts: checkLevel(outer, `${name}.parts`, depth + 1) };
}

function ifThere(property: string, value: unknown): Record<string, unknown> {
  return value === undefined ? {} : { [property]: value };
}

/** Gives the level that a collecting node works on: the first that is not inside one image. */
export function sequenceLevel(parts: Parts): Parts {
  return parts.inner && parts.parts ? sequenceLevel(parts.parts) : parts;
}

/** Says what `msg.parts` becomes when a sequence is answered by one message: the sequence around it, if any. */
export function withoutSequence(msg: NodeMessage, parts: Parts | null): void {
  const outer = parts ? sequenceLevel(parts).parts : undefined;
  if (outer) msg.parts = outer;
  else delete msg.parts;
}

/** Whether a message is the last of its sequence, and of its image; not where nobody said how many there are. */
export function isLast({ index, count, inner, parts }: Parts): boolean {
  return index + 1 === count && (!inner || !parts || isLast(parts));
}
