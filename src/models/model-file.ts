import { createHash } from 'node:crypto';
import { CorruptFileError } from '../base/errors';
import { readFile, readPieces } from '../storage/outside-files';
import { resolveInRoots } from '../storage/roots';

/**
 * The bytes of a file in a model's folder; a link may lead within the roots only, so that no error quotes another file.
 * @returns null where there is none
 * @throws SegmenterError `not-allowed` where it leads outside; CorruptFileError for what is no file
 */
export async function readModelFile(file: string, roots: readonly string[]): Promise<Buffer | null> {
  const real = await resolveInRoots(file, roots);
  try {
    return await readFile(real);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (code === 'EISDIR') throw new CorruptFileError(file, 'is not a file');
    if (code === 'ERR_FS_FILE_TOO_LARGE') throw new CorruptFileError(file, 'is larger than 2 GiB');
    throw error;
  }
}

/** sha256, hexadecimal. */
export function hashBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** sha256 of a file of any size, hexadecimal. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of readPieces(file)) hash.update(piece);
  return hash.digest('hex');
}
