import type { ErrorCode } from './error-codes';
import { toErrorRecord } from './errors';

/** Of which errors the same may succeed later though nobody changes it: these are tried again, the others never. */
const TRANSIENT: Readonly<Record<ErrorCode, boolean>> = {
  'worker-lost': true,
  'disk-full': true,
  timeout: true,
  busy: true,
  'invalid-input': false,
  'not-found': false,
  'not-allowed': false,
  'corrupt-file': false,
  changed: false,
  unsupported: false,
  exists: false,
  cancelled: false,
  engine: false,
  internal: false,
};

/** Tells whether it may be worth it to try again. A model that did not come back from its device would not do so next time. */
export function isTransient(error: unknown): boolean {
  const { code, details } = toErrorRecord(error);
  return TRANSIENT[code] && details?.hungDevice === undefined;
}

/** Among the details of an error: the same may succeed once a person has mended something, though it is not tried by itself. */
export const MENDABLE = { isMendable: true } as const;

/** Tells whether what failed is worth being kept for a person to try again. */
export function isMendable(error: unknown): boolean {
  return isTransient(error) || toErrorRecord(error).details?.isMendable === true;
}
