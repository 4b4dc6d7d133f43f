import path from 'node:path';
import { type Static, Type } from '#typebox';
import { CancelledError, SegmenterError } from '../../base/errors';
import { canonicalHash } from '../../base/plain-json';
import { validate } from '../../base/schema';
import { describeImage, type ImageReader, pathOfImage } from '../../formats';
import { fileVersion } from '../../formats/described-file';
import { IMAGE_DEFS, type ImageDescription, ImageRef } from '../../image/description';
import { hashOnce, wholeHash } from '../../provenance/content-hash';
import { findCopy, findKnown, type KnownResult, noteKnown } from '../../provenance/known-results';
import type { ResultKey } from '../../samples/result-key';
import { passTimeouts } from '../../storage/outside-files';
import { isWebAddress } from '../../storage/roots';
import type { JobContext } from '../protocol';
import type { KnownChoice } from '../settings';
import type { JobFiles } from './job-files';

/** What is kept of an answer: images of the scratch store by name, and the rest. */
export interface MadeImages<M extends object> {
  images: Record<string, ImageDescription>;
  metrics: M;
  /** further files of the scratch store that `metrics` names */
  others?: string[];
  /** whether it came about as its key says; default: it did */
  isAsKeyed?: boolean;
}

const KeptSchema = Type.Object(
  {
    /** of the sample, which the texts in the metrics may name */
    id: Type.String(),
    images: Type.Record(Type.String(), ImageRef),
    metrics: Type.Record(Type.String(), Type.Unknown()),
    others: Type.Array(Type.String()),
  },
  { $defs: IMAGE_DEFS },
);
type Kept = Static<typeof KeptSchema>;

interface Request {
  /** null: it cannot be known again */
  key: ResultKey | null;
  choice: KnownChoice | undefined;
  /** of the sample: what is given again is called so */
  id: string;
}

/**
 * Gives a result that was made under the same key before, where all its files still hold the same bytes, or images are
 * in saved copies that still do; else makes it and keeps it in mind, which nobody who asked for it waits for.
 * @returns known: when it was made, ISO 8601; null: just now
 */
export async function knownOrMade<M extends object>(
  files: JobFiles,
  { key, choice, id }: Request,
  { signal, afterwards }: Pick<JobContext<'predict' | 'threshold'>, 'signal' | 'afterwards'>,
  make: () => Promise<MadeImages<M>>,
): Promise<Pick<MadeImages<M>, 'images' | 'metrics'> & { known: string | null }> {
  if (key && choice === 'give') {
    const known = await giveAgain<M>(files, key, id, signal);
    if (known) return known;
  }
  const { images, metrics, others = [], isAsKeyed = true } = await make();
  if (key && choice && isAsKeyed) {
    const output: Kept = { id, images, metrics: metrics as Record<string, unknown>, others };
    const paths = [...Object.values(images).map(pathOfImage), ...others];
    const made = new Date().toISOString();
    const note = async () => {
      const hashed = paths.map(async (file) => ({ path: file, sha256: await wholeHash(file, signal) }));
      await noteKnown(files.scratch, { key, made, output, files: await Promise.all(hashed) });
    };
    if (afterwards) afterwards(note);
    else await unlessInVain(note);
  }
  return { images, metrics, known: null };
}

/** Does what a result does not need, which stands already: only a cancel is passed on. */
export async function unlessInVain(work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => {
    if (error instanceof CancelledError) throw error;
  });
}

async function giveAgain<M extends object>(files: JobFiles, key: ResultKey, id: string, signal: AbortSignal) {
  const known = await findKnown(files.scratch, key);
  const kept = known && keptIn(known);
  if (!known || !kept) return null;
  // Warnings name the sample that they were said of.
  if (kept.id !== id && JSON.stringify(kept.metrics).includes(JSON.stringify(kept.id).slice(1, -1))) return null;
  for (const file of kept.others) {
    if (!(await isStill(files, file, known, signal))) return null;
  }
  const images: Record<string, ImageDescription> = {};
  for (const [name, image] of Object.entries(kept.images)) {
    const file = pathOfImage(image);
    const found = (await isStill(files, file, known, signal)) ? image : await savedCopy(files, image, known, signal);
    if (!found) return null;
    images[name] = { ...found, id };
  }
  return { images, metrics: kept.metrics as M, known: known.made };
}

function keptIn({ output }: KnownResult): Kept | null {
  try {
    return validate(KeptSchema, output, 'known result');
  } catch {
    return null;
  }
}

/** Whether a file of the store holds what it held; from then on it stays there until the job ends. */
async function isStill(files: JobFiles, file: string, known: KnownResult, signal: AbortSignal): Promise<boolean> {
  const expected = hashIn(known, file);
  if (expected === null || !files.scratch.owns(file) || !(await files.keep(file))) return false;
  return (await wholeHash(file, signal).catch(orNothing)) === expected;
}

function hashIn({ files }: KnownResult, file: string): string | null {
  return files.find(({ path: each }) => each === file)?.sha256 ?? null;
}

/** The saved copy of an image that went from the store, where nobody changed it since. */
async function savedCopy(
  files: JobFiles,
  image: ImageDescription,
  known: KnownResult,
  signal: AbortSignal,
): Promise<ImageDescription | null> {
  const expected = hashIn(known, pathOfImage(image));
  const copy = expected === null ? null : await findCopy(files.scratch, expected);
  if (!copy) return null;
  const file = await files.path(copy.path).catch(passTimeouts(null));
  if (file === null || (await wholeHash(file, signal).catch(orNothing)) !== copy.sha256) return null;
  const version = await fileVersion(file);
  const found = await describeImage(file, { id: image.id }).catch(passTimeouts(null));
  if (!found || found.dtype !== image.dtype || found.shape.some((size, axis) => size !== image.shape[axis]))
    return null;
  const { format, uri, scene, level } = found;
  return { ...image, uri, format, scene, level, file: version };
}

function orNothing(error: unknown): null {
  if (error instanceof SegmenterError && ['timeout', 'cancelled'].includes(error.code)) throw error;
  return null;
}

/**
 * Hashes the file, or the files of the set, that an open image lies in.
 * @returns null for what is no file of this machine, or a folder of many (OME-Zarr)
 * @throws SegmenterError `changed` where it is being written, `cancelled`, `timeout`
 */
export async function hashOfImage(
  files: JobFiles,
  { desc, parts }: Pick<ImageReader, 'desc' | 'parts'>,
  signal: AbortSignal,
): Promise<string | null> {
  const file = pathOfImage(desc);
  if (isWebAddress(file) || desc.format === 'ome-zarr') return null;
  const own = await hashOnce(file, files.scratch, signal);
  if (parts.length === 0) return own;
  const others: Array<[string, string]> = [];
  for (const part of parts) others.push([path.basename(part.path), await hashOnce(part.path, files.scratch, signal)]);
  return canonicalHash({ own, others: others.sort() });
}
