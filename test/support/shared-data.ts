import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder of shared reference data beside the project; a user's machine has none. */
const SHARED = path.resolve(__dirname, '../../../../shared');

/** Path of a reference file below `shared/`, or null where the project stands alone. */
export function sharedPath(relative: string): string | null {
  const full = path.join(SHARED, relative);
  return existsSync(full) ? full : null;
}

/** The path, or the running test is skipped with a visible message. */
export function needShared(test: Mocha.Context, relative: string): string {
  const full = sharedPath(relative);
  if (full) return full;
  console.log(`      skipped: reference data ${relative} is not on this machine`);
  return test.skip();
}
