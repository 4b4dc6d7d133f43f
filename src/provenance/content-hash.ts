import { createHash } from 'node:crypto';
import { SegmenterError, throwIfCancelled } from '../base/errors';
import { canonicalHash } from '../base/plain-json';
import { fileError } from '../storage/file-error';
import { readPieces, stat } from '../storage/outside-files';
import type { Scratch } from '../storage/scratch';
import { notedFor, noteFor } from './notes';
import type { ContentHash } from './record';

/** Larger files are known by their ends: to read them once more would take longer than to segment them. */
const MOST_BYTES = 256 * 2 ** 20;
const END_BYTES = 2 ** 20;

/** Hashes what a file holds. @throws SegmenterError where it cannot be read, Error of the system where it is missing */
export async function contentHash(file: string, most: number = MOST_BYTES, signal?: AbortSignal): Promise<ContentHash> {
  const { size } = await stat(file);
  const isWhole = size <= most;
  const hash = createHash('sha256');
  const add = async (start: number, end: number) => {
    for await (const piece of readPieces(file, start, end)) {
      throwIfCancelled(signal, 'hashing');
      hash.update(piece);
    }
  };
  if (isWhole) await add(0, size);
  else {
    await add(0, END_BYTES);
    await add(size - END_BYTES, size);
    hash.update(String(size));
  }
  return { sha256: hash.digest('hex'), of: isWhole ? 'file' : 'ends' };
}

/** Hashes all of a file, however large, and every time. @throws as {@link contentHash} */
export async function wholeHash(file: string, signal?: AbortSignal): Promise<string> {
  return (await contentHash(file, Number.POSITIVE_INFINITY, signal)).sha256;
}

/** Smaller files are read each time: that takes some hundredths of a second. */
const SMALL_BYTES = 32 * 2 ** 20;
/** Clocks of disks tick as rarely as every two seconds: what changed just now may change once more within a tick. */
const SETTLED_MS = 3000;

/**
 * Gives the sha256 of all of a file. A large one is read once for each version of it: one of the same path, device,
 * number, size, time of change and time of status is taken to hold the same. That takes a time's word for it, which only somebody who sets the
 * machine's clock back can make a lie of (the time of status is nobody's to set); on a share it is the server's word. So
 * what is large and changed within the last seconds is read again, and small files always are.
 * @throws SegmenterError `changed` where it is being written, `not-found`, `cancelled`; as {@link contentHash}
 */
export async function hashOnce(file: string, scratch: Scratch, signal?: AbortSignal): Promise<string> {
  try {
    return await hashOfVersion(file, scratch, signal);
  } catch (error) {
    // A share may go away at any moment, also between the opening of a file and this.
    throw fileError(error, 'read', file);
  }
}

async function hashOfVersion(file: string, scratch: Scratch, signal?: AbortSignal): Promise<string> {
  const before = await versionOf(file, scratch);
  if (before.size <= SMALL_BYTES) return wholeHash(file, signal);
  const noted = await notedFor(scratch, 'hash', before.key);
  if (typeof noted === 'string') return noted;
  const sha256 = await wholeHash(file, signal);
  const after = await versionOf(file, scratch);
  if (after.key !== before.key) {
    throw new SegmenterError('changed', `${file}: it was written while it was read; expected a file that is whole`, {
      path: file,
    });
  }
  if (after.isSettled) await noteFor(scratch, 'hash', after.key, sha256);
  return sha256;
}

interface Version {
  key: string;
  size: number;
  isSettled: boolean;
}

/** Files of the scratch store are written once, under a name of their own; their times are those of their use. */
async function versionOf(file: string, scratch: Scratch): Promise<Version> {
  const { dev, ino, size, mtimeMs, ctimeMs } = await stat(file);
  const isOwn = scratch.owns(file);
  const times = isOwn ? [] : [mtimeMs, ctimeMs];
  const isSettled = isOwn || Date.now() - Math.max(mtimeMs, ctimeMs) > SETTLED_MS;
  return { key: canonicalHash([file, dev, ino, size, ...times]), size, isSettled };
}
