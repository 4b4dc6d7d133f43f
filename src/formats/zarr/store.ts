import { CorruptFileError, show } from '../../base/errors';

/** A part of a file: from an offset on, or its last bytes. */
export type ByteRange = { offset: number; length: number } | { suffixLength: number };

export interface StoreOptions {
  /** a larger answer is an error before it is read */
  maxBytes: number;
  signal?: AbortSignal;
}

/** The files of a Zarr hierarchy: a folder, or a web server's addresses. Keys have `/` between names, none in front. */
export interface ZarrStore {
  /** what a key is called in messages: its path or address */
  nameOf(key: string): string;
  /** What differs where the metadata of the top were changed, as far as that can be seen. */
  stamp(): Promise<string>;
  /** The bytes of a file, or undefined where there is none. */
  read(key: string, options: StoreOptions): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** A part of a file; @throws CorruptFileError where the file ends before */
  readRange(key: string, range: ByteRange, options: StoreOptions): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

const LONGEST_KEY = 4096;

/**
 * Joins a path that metadata names, below the group that names it.
 * @throws CorruptFileError for one that leads out of it
 */
export function joinKey(base: string, relative: string, file: string): string {
  if (relative.length > LONGEST_KEY) throw new CorruptFileError(file, `names a path of ${relative.length} characters`);
  const names = relative.split('/').filter((name) => name !== '' && name !== '.');
  const wrong = relative.startsWith('/') || names.some((name) => name === '..' || /[\\:]|\0/.test(name));
  if (wrong) throw new CorruptFileError(file, `the path ${show(relative)} leads out of the image`);
  return [base, ...names].filter((name) => name !== '').join('/');
}

/** Makes the error of a file that is larger than it may be. */
export function tooLarge(name: string, bytes: number, maxBytes: number): CorruptFileError {
  return new CorruptFileError(name, `has ${bytes} bytes, expected at most ${maxBytes}`, { bytes, maxBytes });
}

/** Makes the error of a file that ends before the bytes that are read of it. */
export function cutShort(name: string, range: ByteRange, size: number): CorruptFileError {
  const wanted = 'offset' in range ? `${range.length} bytes from ${range.offset} on` : `its last ${range.suffixLength}`;
  return new CorruptFileError(name, `has ${size} bytes, expected ${wanted}: truncated or damaged`, { ...range, size });
}
