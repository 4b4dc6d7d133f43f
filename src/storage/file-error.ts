import { type ErrorCode, SegmenterError } from '../base/errors';
import { isScratchPath, missingFileError } from './scratch-names';

const MEANING: Record<string, { code: ErrorCode; text: string }> = {
  ENOENT: { code: 'not-found', text: 'no such file or folder' },
  ENOTDIR: { code: 'not-found', text: 'a part of the path is a file, not a folder' },
  EISDIR: { code: 'invalid-input', text: 'is a folder, expected a file' },
  ENAMETOOLONG: { code: 'invalid-input', text: 'the name is too long for this disk' },
  EACCES: { code: 'not-allowed', text: 'no permission' },
  EPERM: { code: 'not-allowed', text: 'no permission' },
  EROFS: { code: 'not-allowed', text: 'the disk is read-only' },
  ENOSPC: { code: 'not-allowed', text: 'the disk is full' },
  EDQUOT: { code: 'not-allowed', text: 'the disk quota is used up' },
  EFBIG: { code: 'not-allowed', text: 'the file is larger than this disk or a limit allows' },
  EEXIST: { code: 'exists', text: 'exists already' },
  EMFILE: { code: 'busy', text: 'too many files are open' },
  ENFILE: { code: 'busy', text: 'too many files are open' },
};

/**
 * The error a flow can branch on for a failed file operation: `cannot ACTION PATH: WHY (SYSTEM CODE)`.
 * Of a file that is gone from the scratch store it says that it was evicted and what to do.
 * Errors that are not of the file system (among them SegmenterErrors) are returned as they are.
 */
export function fileError(error: unknown, action: string, path: string): unknown {
  if (error instanceof SegmenterError) return error;
  const { code: systemCode, message } = (error ?? {}) as NodeJS.ErrnoException;
  if (!systemCode || !/^E[A-Z0-9]+$/.test(systemCode)) return error;
  if (systemCode === 'ENOENT' && isScratchPath(path)) return missingFileError(path, error);
  const { code, text } = MEANING[systemCode] ?? { code: 'internal', text: message };
  return new SegmenterError(
    code,
    `cannot ${action} ${path}: ${text} (${systemCode})`,
    { path, systemCode },
    { cause: error },
  );
}
