import { statfsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { FILE_ERRORS } from '../base/error-codes';
import { SegmenterError } from '../base/errors';
import { isInScratch, isScratchPath, missingFileError } from './scratch-names';

/**
 * Makes the error a flow can branch on for a failed file operation: `cannot ACTION PATH: WHY (SYSTEM CODE)`. Of a file
 * that is gone from the scratch store it says so and what to do; of a full disk, how much is free. Errors that are not
 * of the file system (among them SegmenterErrors) are returned as they are.
 * @param needed bytes that were to be written, where they are known
 */
export function fileError(error: unknown, action: string, path: string, needed?: number): unknown {
  if (error instanceof SegmenterError) return error;
  const { code: systemCode, message } = (error ?? {}) as NodeJS.ErrnoException;
  if (!systemCode || !/^E[A-Z0-9]+$/.test(systemCode)) return error;
  if (systemCode === 'ENOENT' && isScratchPath(path)) return missingFileError(path, error);
  const { code, text } = FILE_ERRORS[systemCode] ?? { code: 'internal', text: message };
  const about = code === 'disk-full' ? aboutRoom(systemCode, path, needed) : { text: '', details: {} };
  return new SegmenterError(
    code,
    `cannot ${action} ${path}: ${text} (${systemCode})${about.text}`,
    { path, systemCode, ...about.details },
    { cause: error },
  );
}

/** Tells whether a failed file operation, or the error made of it, says that there is no room. */
export function isDiskFull(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'disk-full';
}

function aboutRoom(systemCode: string, path: string, needed?: number) {
  // What a user's quota leaves is not what the disk has.
  const free = systemCode === 'ENOSPC' ? freeBytesAt(path) : null;
  const facts = [
    ...(free === null ? [] : [`${inMB(free)} MB are free`]),
    ...(needed === undefined ? [] : [`${inMB(needed)} MB more are needed`]),
  ];
  const elsewhere = isInScratch(path) ? 'set segmenter.scratch to another disk' : 'write to another disk';
  return {
    text: `${facts.length > 0 ? `, ${facts.join(', ')}` : ''}; free space there, or ${elsewhere}`,
    details: { ...(free === null ? {} : { free }), ...(needed === undefined ? {} : { needed }) },
  };
}

const MB = 2 ** 20;
/** Other programs write to the disk, too: so much of it is left to them, of a small disk a part. */
const RESERVE = 1024 * MB;
const RESERVE_PART = 0.02;

/** What a disk has, in bytes. */
export interface DiskSpace {
  free: number;
  size: number;
}

/** Asks for the space of the disk that a folder lies on; null where the system does not tell (some network shares). */
export async function diskSpace(folder: string): Promise<DiskSpace | null> {
  const status = await statfs(folder).catch(() => null);
  return status && status.blocks > 0
    ? { free: status.bavail * status.bsize, size: status.blocks * status.bsize }
    : null;
}

/** Says how much is left free for other programs. */
export function reserveOf({ size }: DiskSpace): number {
  return Math.min(RESERVE, RESERVE_PART * size);
}

/**
 * Counts the free bytes on the disk of a file that may not exist, for an error's text; null where unknown. Synchronous,
 * so only for a disk that has just answered.
 */
function freeBytesAt(file: string): number | null {
  for (let folder = path.resolve(file); ; folder = path.dirname(folder)) {
    try {
      const { bavail, bsize, blocks } = statfsSync(folder);
      return blocks > 0 ? bavail * bsize : null;
    } catch {
      if (folder === path.dirname(folder)) return null;
    }
  }
}

/** Rounds bytes up to megabytes for a message. */
export function inMB(bytes: number): number {
  return Math.ceil(bytes / MB);
}
