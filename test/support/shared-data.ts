import { existsSync } from 'node:fs';
import path from 'node:path';

/** The references of the repository: every clone has them. `test/data/README.md` says what and whence they are. */
export const REFERENCES = path.resolve(__dirname, '../../../test/data/references');
/** The folder of larger reference data beside the project; most machines have none. */
const SHARED = path.resolve(__dirname, '../../../../shared');

/** Path of a reference file, `data/...` or `faults/...`: the repository's, else that below `shared/`, else null. */
export function sharedPath(relative: string): string | null {
  const places = [path.join(REFERENCES, relative.replace(/^data\//, '')), path.join(SHARED, relative)];
  return places.find((full) => existsSync(full)) ?? null;
}

/**
 * The path, or the running test is skipped with a visible message; with `REFERENCES=required` in the environment, as
 * `.ci/run` sets it, it fails.
 */
export function needShared(test: Mocha.Context, relative: string): string {
  const full = sharedPath(relative);
  if (full) return full;
  const missing = `reference data ${relative} is not on this machine`;
  if (process.env.REFERENCES === 'required') {
    throw new Error(`${missing}, and REFERENCES=required is set: unset it to run without the larger references`);
  }
  console.log(`      skipped: ${missing}`);
  return test.skip();
}
