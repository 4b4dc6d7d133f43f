import { canonicalHash, isRecord } from '../base/plain-json';
import { writeFileAtomic } from '../storage/atomic-file';
import { passTimeouts, readText } from '../storage/outside-files';
import type { Scratch } from '../storage/scratch';

const ENDING = '.json';

/** What notes are of, which begins their names. */
export type NoteKind = 'known' | 'copy' | 'hash';

/**
 * Keeps a small note in the scratch store under a key: whole or not at all, found by all processes and after a restart, and
 * evicted like the results that it speaks of. One that cannot be written is none: nothing depends on it but work that is
 * done again.
 */
export async function noteFor(scratch: Scratch, kind: NoteKind, key: string, value: unknown): Promise<void> {
  const content = { key, value };
  const text = JSON.stringify({ content, sha256: canonicalHash(content) });
  try {
    const { path, options } = await scratch.newFileFor(kind, key, ENDING, Buffer.byteLength(text));
    await writeFileAtomic(path, text, options);
  } catch {
    // A full disk, or one that is away: the result itself stands.
  }
}

/**
 * Gives what was noted under a key; null where nothing was, it was evicted, or the note is not as it was written.
 * @throws SegmenterError `timeout`
 */
export async function notedFor(scratch: Scratch, kind: NoteKind, key: string): Promise<unknown> {
  const file = await scratch.find(kind, key, ENDING);
  if (file === null) return null;
  const text = await readText(file).catch(passTimeouts(null));
  return text === null ? null : contentOf(text, key);
}

function contentOf(text: string, key: string): unknown {
  try {
    const { content, sha256 } = JSON.parse(text) as { content: unknown; sha256: unknown };
    return isRecord(content) && content.key === key && canonicalHash(content) === sha256 ? content.value : null;
  } catch {
    return null;
  }
}
