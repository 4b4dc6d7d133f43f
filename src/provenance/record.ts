import { type Static, Type } from '#typebox';
import { CorruptFileError } from '../base/errors';
import { validate } from '../base/schema';
import { PROVENANCE_ENDING } from '../formats/extensions';
import { IMAGE_DEFS, ImageRef } from '../image/description';
import { StepsSchema } from '../samples/steps';
import { VerdictSchema } from '../trust/verdict';

const HashSchema = Type.Object({
  sha256: Type.String(),
  /** of the whole file, or of its first and last MB and its size */
  of: Type.Union([Type.Literal('file'), Type.Literal('ends')]),
});
export type ContentHash = Static<typeof HashSchema>;

/** How a saved result came about: enough to make it again and compare. */
export const RecordSchema = Type.Object(
  {
    format: Type.Literal('segmenter-provenance'),
    formatVersion: Type.Literal(1),
    /** ISO 8601 */
    saved: Type.String(),
    /** versions of the programs that made it, and the machine */
    software: Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()])),
    sample: Type.String(),
    /** name of the image in its sample */
    image: Type.String(),
    /** the file beside the record; null of a folder, such as OME-Zarr */
    result: Type.Object({ file: Type.String(), hash: Type.Union([HashSchema, Type.Null()]) }),
    /** the image that it began with; its hash null where it is no file of this machine's */
    raw: Type.Object({ image: ImageRef, hash: Type.Union([HashSchema, Type.Null()]) }),
    /** in order; none where it was made by other means */
    steps: StepsSchema,
    /** how it was written */
    save: Type.Record(Type.String(), Type.Unknown()),
    verdict: Type.Optional(VerdictSchema),
    /** the node that saved it */
    node: Type.Object({ id: Type.String(), type: Type.String(), name: Type.String(), flow: Type.String() }),
  },
  { $defs: IMAGE_DEFS },
);
export type ProvenanceRecord = Static<typeof RecordSchema>;

/** Gives the path of the record of a saved file. */
export function recordPath(saved: string): string {
  return `${saved}${PROVENANCE_ENDING}`;
}

/** Reads a record. @throws CorruptFileError where it is none */
export function readRecord(text: string, file: string): ProvenanceRecord {
  try {
    return validate(RecordSchema, JSON.parse(text), file);
  } catch (cause) {
    throw new CorruptFileError(file, 'is no provenance record of this version', {}, { cause });
  }
}
