import { CorruptFileError } from '../../base/errors';
import { isNestedDeeper, isRecord } from '../../base/plain-json';
import { parseV2, parseV3, type ZarrArrayInfo } from './array-metadata';
import type { ZarrStore } from './store';

/** Metadata that is longer is none of an image; consolidated metadata of a large plate has some megabytes. */
const MAX_METADATA_BYTES = 64 * 2 ** 20;
/** Attributes of any program lie beside those of the image. */
const MAX_DEPTH = 100;
const LONGEST_REASON = 200;

/** A group or array of a Zarr hierarchy. */
export interface ZarrNode {
  /** below the store, '' for its top */
  key: string;
  /** the file with its attributes, for messages */
  file: string;
  attributes: Record<string, unknown>;
  /** null: a group */
  array: ZarrArrayInfo | null;
}

/**
 * Reads the metadata of one node, Zarr version 3 or 2, or null where there is none.
 * @throws CorruptFileError naming the metadata file; UnsupportedError
 */
export async function readNode(store: ZarrStore, key: string, signal?: AbortSignal): Promise<ZarrNode | null> {
  const below = (name: string): string => (key === '' ? name : `${key}/${name}`);
  const json = (name: string) => readJson(store, below(name), signal);
  const v3 = await json('zarr.json');
  if (v3) {
    const file = store.nameOf(below('zarr.json'));
    const attributes = isRecord(v3.attributes) ? v3.attributes : {};
    if (v3.zarr_format !== 3) throw new CorruptFileError(file, 'zarr_format: expected 3');
    if (v3.node_type === 'group') return { key, file, attributes, array: null };
    if (v3.node_type === 'array') return { key, file, attributes, array: parseV3(v3, file) };
    throw new CorruptFileError(file, 'node_type: expected "group" or "array"');
  }
  const [array, group, attributes] = await Promise.all([json('.zarray'), json('.zgroup'), json('.zattrs')]);
  if (array) {
    const file = store.nameOf(below('.zarray'));
    if (array.zarr_format !== 2) throw new CorruptFileError(file, 'zarr_format: expected 2');
    return { key, file, attributes: attributes ?? {}, array: parseV2(array, attributes ?? {}, file) };
  }
  if (!group && !attributes) return null;
  return { key, file: store.nameOf(below('.zattrs')), attributes: attributes ?? {}, array: null };
}

async function readJson(
  store: ZarrStore,
  key: string,
  signal: AbortSignal | undefined,
): Promise<Record<string, unknown> | null> {
  const bytes = await store.read(key, { maxBytes: MAX_METADATA_BYTES, signal });
  if (!bytes) return null;
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isNestedDeeper(parsed, MAX_DEPTH)) throw new Error(`lists and objects nested deeper than ${MAX_DEPTH}`);
    if (isRecord(parsed)) return parsed;
  } catch (cause) {
    const { message } = cause as Error;
    throw new CorruptFileError(
      store.nameOf(key),
      `is no JSON that is read: ${message.slice(0, LONGEST_REASON)}`,
      {},
      { cause },
    );
  }
  throw new CorruptFileError(store.nameOf(key), 'expected an object in JSON');
}
