import { FILE_ERRORS } from '../base/error-codes';
import { SegmenterError } from '../base/errors';
import { freeBytesAt, inMB } from './disk-space';
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
