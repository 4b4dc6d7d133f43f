import { show } from './show';

export { show };

/** What went wrong, as a closed set a flow can branch on (`msg.error.code`). */
export type ErrorCode =
  | 'invalid-input' // a value from a user, a message or a file name is not what was expected
  | 'not-found' // a file, model or channel that does not exist
  | 'not-allowed' // a path outside the allowed roots, or no permission
  | 'corrupt-file' // a file that breaks its format's rules or is truncated
  | 'changed' // a file that is no longer the one that was loaded
  | 'unsupported' // a valid file or request that this version does not handle
  | 'exists' // a result that would overwrite another
  | 'busy' // a queue is full
  | 'disk-full' // no room on a disk, or a disk quota is used up
  | 'timeout' // a disk or network share that does not answer
  | 'cancelled' // stopped by the user, a redeploy or a shutdown
  | 'worker-lost' // a child process ended before it answered
  | 'engine' // the compute engine refused or failed
  | 'internal'; // a state that cannot be reached by any input

/** What an error carries over a process border and into `msg.error`. */
export interface ErrorRecord {
  name: string;
  code: ErrorCode;
  message: string;
  details?: Record<string, unknown>;
}

/** Characters of a message: what is longer nobody reads, and it travels with every message of a flow. */
const LONGEST_MESSAGE = 10_000;

/**
 * The error of every expected failure. Its message names the thing, the value and what was expected;
 * `details` holds the same facts for programs.
 */
export class SegmenterError extends Error {
  override readonly name: string = 'SegmenterError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details?: Record<string, unknown>,
    options?: { cause?: unknown },
  ) {
    super(message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}...` : message, options);
  }

  toRecord(): ErrorRecord {
    return { name: this.name, code: this.code, message: this.message, details: this.details };
  }
}

/** A user's value that does not fit: `NAME: expected EXPECTED, got VALUE`. */
export class InvalidInputError extends SegmenterError {
  override readonly name = 'InvalidInputError';

  constructor(name: string, expected: string, received: unknown) {
    super('invalid-input', `${name}: expected ${expected}, got ${show(received)}`, { name, expected });
  }
}

/** A file that breaks its format's rules, with the place where it does. */
export class CorruptFileError extends SegmenterError {
  override readonly name = 'CorruptFileError';

  constructor(path: string, what: string, details?: Record<string, unknown>, options?: { cause?: unknown }) {
    super('corrupt-file', `${path}: ${what}`, { path, ...details }, options);
  }
}

/** A valid file that this version does not read. */
export class UnsupportedError extends SegmenterError {
  override readonly name = 'UnsupportedError';

  constructor(subject: string, what: string, details?: Record<string, unknown>) {
    super('unsupported', `${subject}: ${what}`, { subject, ...details });
  }
}

/** Work that was stopped on request. */
export class CancelledError extends SegmenterError {
  override readonly name = 'CancelledError';

  constructor(what = 'the work') {
    super('cancelled', `${what} was cancelled`);
  }
}

/** Throws {@link CancelledError} when the signal is set. */
export function throwIfCancelled(signal: AbortSignal | undefined, what?: string): void {
  if (signal?.aborted) throw new CancelledError(what);
}

/** What a failed file operation of Node.js or a library comes to, where nobody said more of it. */
const CODES: Record<string, ErrorCode> = {
  ENOENT: 'not-found',
  EACCES: 'not-allowed',
  EPERM: 'not-allowed',
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
};

/** Turns anything thrown into a record; a Node.js file error gets a code a flow can branch on. */
export function toErrorRecord(error: unknown): ErrorRecord {
  if (error instanceof SegmenterError) return error.toRecord();
  const { name = 'Error', message = String(error), code } = (error ?? {}) as NodeJS.ErrnoException;
  return { name, code: CODES[code ?? ''] ?? 'internal', message, details: code ? { systemCode: code } : undefined };
}

/** The error that a record from another process stands for. */
export function fromErrorRecord(record: ErrorRecord): SegmenterError {
  if (record.code === 'cancelled') return new CancelledError(record.message.replace(/ was cancelled$/, ''));
  return new SegmenterError(record.code, record.message, record.details);
}
