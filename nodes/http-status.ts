import type { ErrorCode } from '../src/base/errors';

const STATUS: Partial<Record<ErrorCode, number>> = {
  'invalid-input': 400,
  'not-allowed': 403,
  'not-found': 404,
  exists: 409,
  changed: 409,
  busy: 503,
  timeout: 504,
  'disk-full': 507,
  internal: 500,
};

/** The HTTP status that says what an error's code says. */
export function httpStatus(code: ErrorCode): number {
  return STATUS[code] ?? 422;
}
