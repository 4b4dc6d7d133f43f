import { type Static, Type } from '#typebox';
import { SegmenterError } from '../../base/errors';
import { canonicalHash } from '../../base/plain-json';
import { validate } from '../../base/schema';

/** Files of one bundle: a Zarr image with more chunks belongs into a shared folder. */
export const MOST_FILES = 10_000;

const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });

/**
 * Files that are sent together, for none is of use without the others: an image with all files that it lies in, or a model.
 */
const BundleSchema = Type.Object({
  /** of the file or folder that is asked for: one of the files, or a folder of them */
  name: Type.String({ minLength: 1, maxLength: 1000 }),
  files: Type.Array(
    Type.Object({
      /** with `/` between folders */
      name: Type.String({ minLength: 1, maxLength: 1000 }),
      /** bytes */
      size: Type.Integer({ minimum: 0 }),
      /** time of change, milliseconds since 1970; 0: it never changes, and its time is that of its use */
      modified: Type.Integer(),
      sha256: Hash,
    }),
    { minItems: 1, maxItems: MOST_FILES },
  ),
});
export type Bundle = Static<typeof BundleSchema>;
export type BundleFile = Bundle['files'][number];

/** A bundle on the machine that has its files. */
export interface Offer {
  bundle: Bundle;
  /** what its name stands for */
  place: string;
  /** of each of its files */
  paths: string[];
}

/** Gives what a bundle is known by: a hash of what its files hold, their names and times. @returns 64 hexadecimal digits */
export function bundleKey({ name, files }: Bundle): string {
  return canonicalHash({ name, files });
}

export function bytesOfBundle({ files }: Bundle): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/**
 * Checks a bundle that was sent: that it is the one of this key, and no name of it leads out of its folder.
 * @throws SegmenterError `invalid-input`, `changed`
 */
export function checkBundle(given: unknown, key: string): Bundle {
  const bundle = validate(BundleSchema, given, 'bundle');
  if (bundleKey(bundle) !== key) {
    throw new SegmenterError('changed', `the list of files ${key} was sent with another hash, ${bundleKey(bundle)}`);
  }
  for (const { name } of [bundle, ...bundle.files]) requireInside(name);
  return bundle;
}

/** On Windows a colon names a stream of another file. */
const FORBIDDEN = process.platform === 'win32' ? /[\\:\0]/ : /[\\\0]/;

function requireInside(name: string): void {
  const isSound = name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (isSound && !FORBIDDEN.test(name)) return;
  throw new SegmenterError('invalid-input', `bundle: expected names below its folder, got ${JSON.stringify(name)}`);
}
