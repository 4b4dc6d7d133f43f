import type { Stats } from 'node:fs';
import path from 'node:path';
import { Type } from '#typebox';
import { CorruptFileError, InvalidInputError, SegmenterError, UnsupportedError } from '../base/errors';
import { isRecord } from '../base/plain-json';
import { prepareCheck, validate } from '../base/schema';
import { parseMask } from '../masks/mask';
import { checkMaskShape } from '../masks/planes';
import { type Sample, SampleSchema } from '../samples/sample';
import { fileError } from '../storage/file-error';
import { lookAt, readUnlinkedText } from '../storage/outside-files';
import { fileNameOf } from '../storage/portable-names';
import { checkDecision, prepareDecisionCheck } from './check-decision';
import { type Decision, type ReviewState, shapesOfRegions } from './decision';

/** Of the form of a record's file: 2 may be painted from nothing, with filled strokes; 3 may change objects. */
const RECORD_VERSIONS = [1, 2, 3] as const;
export const RECORD_VERSION = 3;
/** Changes that a record remembers, the latest. */
const LONGEST_HISTORY = 500;

/** Who changed a record, when, and what state it was in then. */
export interface Change {
  revision: number;
  /** null where the editor has no login */
  by: string | null;
  /** ISO 8601 */
  at: string;
  state: ReviewState;
}

/** All that is known of the review of one sample: the content of its JSON file. */
export interface ReviewRecord {
  version: (typeof RECORD_VERSIONS)[number];
  id: string;
  /** as the flow gave it: descriptions, no pixels */
  sample: Sample;
  decision: Decision;
  /** 0 where nobody has decided anything; one more with each change */
  revision: number;
  by: string | null;
  at: string;
  /** oldest first */
  history: Change[];
}

const by = Type.Union([Type.String({ maxLength: 200 }), Type.Null()]);
const at = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$' });
const revision = Type.Integer({ minimum: 0 });

/** A record but for what it says of its sample and its decision, which have checks of their own. */
const RecordSchema = Type.Object(
  {
    version: Type.Union(RECORD_VERSIONS.map((version) => Type.Literal(version))),
    id: Type.String({ minLength: 1 }),
    revision,
    by,
    at,
    decision: Type.Unknown(),
    sample: Type.Unknown(),
    history: Type.Array(
      Type.Object({
        revision,
        by,
        at,
        state: Type.Union([Type.Literal('undecided'), Type.Literal('used'), Type.Literal('rejected')]),
      }),
      { maxItems: LONGEST_HISTORY },
    ),
  },
  { additionalProperties: false },
);

/** Does the slow part of the first checks of records at a time that suits, as on a deploy. */
export function prepareRecordChecks(): void {
  for (const schema of [RecordSchema, SampleSchema]) prepareCheck(schema);
  prepareDecisionCheck();
}

/**
 * Makes the record of a sample that nobody has decided on. Polygons that the sample brings become shapes of the
 * decision; a mask image stays with the sample and counts beside them.
 * @throws SegmenterError `invalid-input` where the sample or its masks do not fit
 */
export function newRecord(value: unknown, at: Date): ReviewRecord {
  const sample = validate(SampleSchema, value, 'sample');
  const decision = checkDecision(proposal(sample), sample, `what sample ${sample.id} brings`);
  const { id } = sample;
  return { version: RECORD_VERSION, id, sample, decision, revision: 0, by: null, at: at.toISOString(), history: [] };
}

function proposal(sample: Sample): Decision {
  const shapesOf = (role: 'mergeMask' | 'excludeMask') => {
    const name = `${role} of sample ${sample.id}`;
    const mask = parseMask(sample[role], name);
    // The page draws it over the image, long before a target is made of both.
    if (mask?.kind === 'image') checkMaskShape(mask.image.shape, name, sample.raw.shape, 'raw');
    return mask?.kind === 'regions' ? shapesOfRegions(mask.regions) : [];
  };
  const base = sample.base ?? (sample.seg1 ? 'seg1' : sample.seg2 ? 'seg2' : 'none');
  const [merge, exclude] = [shapesOf('mergeMask'), shapesOf('excludeMask')];
  return { state: 'undecided', reason: null, base, merge, exclude, strokes: [] };
}

/** Makes the record after a change. @param by who made it; null where the editor has no login */
export function changed(
  record: ReviewRecord,
  change: { decision?: Decision; sample?: Sample },
  by: string | null,
  at: Date,
): ReviewRecord {
  const next: ReviewRecord = {
    ...record,
    version: RECORD_VERSION,
    ...change,
    revision: record.revision + 1,
    by,
    at: at.toISOString(),
  };
  const entry = { revision: next.revision, by, at: next.at, state: next.decision.state };
  return { ...next, history: [...record.history, entry].slice(-LONGEST_HISTORY) };
}

/** Writes the text of a record's file: JSON, a property a line. */
export function formatRecord(record: ReviewRecord): string {
  const { version, id, revision, by, at, decision, sample, history } = record;
  const properties = Object.entries({ version, id, revision, by, at, decision, sample, history });
  const lines = properties.map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}

/**
 * Reads a record from the text of its file.
 * @throws SegmenterError naming the file: `unsupported` for a later version, else `corrupt-file`
 */
export function parseRecord(text: string, file: string): ReviewRecord {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (isRecord(value) && Number.isInteger(value.version) && Number(value.version) > RECORD_VERSION) {
      throw new UnsupportedError(file, `a review of version ${value.version}; this program reads ${RECORD_VERSION}`);
    }
    const record = validate(RecordSchema, value, 'record');
    const sample = validate(SampleSchema, record.sample, 'record.sample');
    if (sample.id !== record.id) throw new InvalidInputError('record.sample.id', record.id, sample.id);
    return { ...record, sample, decision: checkDecision(record.decision, sample, 'record.decision') };
  } catch (error) {
    if (error instanceof UnsupportedError) throw error;
    if (!(error instanceof SegmenterError) && !(error instanceof SyntaxError)) throw error;
    throw new CorruptFileError(file, `no record of a review: ${error.message}`, {}, { cause: error });
  }
}

/** What a list of records shows of one. */
export interface RecordSummary {
  id: string;
  state: ReviewState;
  reason: string | null;
  /** who changed it last */
  by: string | null;
  at: string;
  revision: number;
}

/** A record as it was read. */
export interface ReadRecord {
  record: ReviewRecord;
  /** tells its file from the one after the next save */
  stamp: string;
}

/** The ending of a record's file. */
export const RECORD_ENDING = '.json';
/** Far above the largest decision; a file beyond is something else. */
const MAX_BYTES = 64 * 2 ** 20;

/**
 * Reads the file of a record.
 * @returns null where there is no such file
 * @throws SegmenterError `corrupt-file` or `unsupported` naming the file
 */
export async function readRecordFile(file: string): Promise<ReadRecord | null> {
  const stamp = await stampOfFile(file);
  const text = stamp === null ? null : await readText(file);
  if (stamp === null || text === null) return null;
  const record = parseRecord(text, file);
  if (fileNameOf(record.id) + RECORD_ENDING !== path.basename(file)) {
    throw new CorruptFileError(file, `holds the review of sample ${record.id}, whose file has another name`);
  }
  return { record, stamp };
}

/**
 * Tells as {@link stampOf}; null where there is no such file. @throws UnsupportedError for one that is too large for a
 * record
 */
export async function stampOfFile(file: string): Promise<string | null> {
  const there = await lookAt(file);
  if (there && there.size > MAX_BYTES) {
    throw new UnsupportedError(file, `${there.size} bytes; a review may have up to ${MAX_BYTES}`);
  }
  return there && stampOf(there);
}

/** Tells a changed file from the one that was read: every save is a new file. */
export function stampOf({ ino, mtimeMs, size }: Stats): string {
  return `${ino}:${mtimeMs}:${size}`;
}

async function readText(file: string): Promise<string | null> {
  try {
    return await readUnlinkedText(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileError(error, 'read', file);
  }
}
