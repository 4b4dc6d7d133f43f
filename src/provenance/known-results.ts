import { type Static, Type } from '#typebox';
import { validate } from '../base/schema';
import { keyHash, type ResultKey, ResultKeySchema } from '../samples/result-key';
import type { Scratch } from '../storage/scratch';
import { notedFor, noteFor } from './notes';

const FileSchema = Type.Object({ path: Type.String(), sha256: Type.String() });

/** A result that was made before. */
const KnownResultSchema = Type.Object({
  key: ResultKeySchema,
  /** ISO 8601 */
  made: Type.String(),
  /** what the job answered */
  output: Type.Unknown(),
  /** the files that the answer names */
  files: Type.Array(FileSchema),
});
export type KnownResult = Static<typeof KnownResultSchema>;

/** Looks up a result by its key; whether its files are still what they were is for who asks. @throws SegmenterError `timeout` */
export async function findKnown(scratch: Scratch, key: ResultKey): Promise<KnownResult | null> {
  const noted = await notedFor(scratch, 'known', keyHash(key));
  try {
    return noted === null ? null : validate(KnownResultSchema, noted, 'known result');
  } catch {
    return null;
  }
}

export async function noteKnown(scratch: Scratch, known: KnownResult): Promise<void> {
  await noteFor(scratch, 'known', keyHash(known.key), known);
}

const CopySchema = FileSchema;
/** A saved file with the same pixels as a result of the scratch store. */
export type SavedCopy = Static<typeof CopySchema>;

/** Notes where the pixels of a result were saved. @param sha256 of the result's own file */
export async function noteCopy(scratch: Scratch, sha256: string, copy: SavedCopy): Promise<void> {
  await noteFor(scratch, 'copy', sha256, copy);
}

/** Gives the latest saved copy of a result; whether it still is that is for who asks. @throws SegmenterError `timeout` */
export async function findCopy(scratch: Scratch, sha256: string): Promise<SavedCopy | null> {
  const noted = await notedFor(scratch, 'copy', sha256);
  try {
    return noted === null ? null : validate(CopySchema, noted, 'saved copy');
  } catch {
    return null;
  }
}
