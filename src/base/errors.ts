import { type ErrorCode, FILE_ERRORS } from './error-codes';
import { show } from './show';

export type { ErrorCode };
export { show };

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

/**
 * Says what anything thrown says. Libraries throw more than errors: JSONata an object with a `message`, others text or nothing.
 */
export function messageOf(thrown: unknown): string {
  try {
    const message = typeof thrown === 'string' ? thrown : (thrown as { message?: unknown } | null | undefined)?.message;
    if (typeof message === 'string' && message !== '') return message;
    if (thrown instanceof Error) return `${thrown.name} without a message`;
  } catch {
    // A getter that throws: what is left is said below.
  }
  return show(thrown);
}

/** Gives what was thrown as an error: itself, or one that says the same. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}

/** Turns anything thrown into a record; a Node.js file error gets a code a flow can branch on, and words for it. */
export function toErrorRecord(error: unknown): ErrorRecord {
  if (error instanceof SegmenterError) return error.toRecord();
  const { name, code } = Object(error) as NodeJS.ErrnoException;
  const known = typeof code === 'string' && Object.hasOwn(FILE_ERRORS, code) ? FILE_ERRORS[code] : null;
  const message = messageOf(error);
  return {
    name: typeof name === 'string' && name !== '' ? name : 'Error',
    code: known?.code ?? 'internal',
    message: known ? `${known.text} (${message})` : message,
    details: code ? { systemCode: code } : undefined,
  };
}

/** Makes the error that a record from another process stands for. */
export function fromErrorRecord(record: ErrorRecord): SegmenterError {
  if (record.code === 'cancelled') return new CancelledError(record.message.replace(/ was cancelled$/, ''));
  return new SegmenterError(record.code, record.message, record.details);
}
