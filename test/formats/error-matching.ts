import type { ErrorCode, SegmenterError } from '../../src/base/errors';

/** For `assert.rejects`: a SegmenterError of that code whose message matches. */
export function failure(code: ErrorCode, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    const { code: got, message: text } = error as SegmenterError;
    if (got === code && message.test(text)) return true;
    throw new Error(`expected ${code} ${message}, got ${got}: ${text}`, { cause: error });
  };
}
