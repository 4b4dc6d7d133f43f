import path from 'node:path';
import { CorruptFileError } from '../../base/errors';
import { isRecord } from '../../base/plain-json';
import { listFolder, readUnlinkedText, stat } from '../../storage/outside-files';
import { replaceExclusively } from '../../storage/replace-exclusively';
import type { NgffVersion } from './write-metadata';

/*
 * Metadata of a whole hierarchy in one file, as Zarr's tools write them on request: who has them looks at nothing else, and does not
 * find what came later.
 */

/** Of Zarr 2 a file of their own; of Zarr 3 a member of a group's own metadata. */
const FILES: Readonly<Record<NgffVersion, string>> = { '0.4': '.zmetadata', '0.5': 'zarr.json' };
const NODE_FILES = ['.zgroup', '.zattrs', '.zarray'];

/** A group that labels lie below. */
export interface GroupAround {
  folder: string;
  /** of the labels' group in it; empty: it is that group */
  key: string;
}

/** Lists the groups from the top of a hierarchy to the group of an image's labels, which is the last. */
export function groupsAround(top: string, labels: string): GroupAround[] {
  const below = path.relative(top, labels).split(path.sep);
  return Array.from({ length: below.length + 1 }, (_, i) => ({
    folder: path.join(top, ...below.slice(0, i)),
    key: below.slice(i).join('/'),
  }));
}

/** Finds the folders of groups that hold consolidated metadata. @throws CorruptFileError where what they hold is none */
export async function consolidatedGroups(groups: readonly GroupAround[], version: NgffVersion): Promise<string[]> {
  const found: string[] = [];
  for (const { folder } of groups) if (await metadataOf(folder, version)) found.push(folder);
  return found;
}

/**
 * Has labels that were written be found by who reads consolidated metadata. In Zarr 2 these get what the labels say of themselves. In
 * Zarr 3 they go, as they may: they lie in the file that describes the image, which keeps its length and time of change, for the image
 * is the one that was described.
 * @param name of the ones that were written
 */
export async function renewConsolidated(
  { folder: labels, groups, version }: { folder: string; groups: readonly GroupAround[]; version: NgffVersion },
  name: string,
): Promise<void> {
  for (const { folder, key } of groups) {
    if (!(await metadataOf(folder, version))) continue;
    const file = path.join(folder, FILES[version]);
    if (version === '0.4') {
      const change = async () => {
        // Read in the turn: another writer's labels are in their list before it has its own.
        const nodes = await nodesOf(labels, name, key === '' ? '' : `${key}/`);
        return { text: await renewed(folder, nodes), value: null };
      };
      await replaceExclusively(file, change);
    } else await replaceExclusively(file, () => without(file));
  }
}

/** The document with the consolidated metadata of a group, and these; null where it has none. */
async function metadataOf(group: string, version: NgffVersion) {
  const file = path.join(group, FILES[version]);
  const text = await readUnlinkedText(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
  if (text === null) return null;
  const document = parsed(text, file);
  const holder = version === '0.4' ? document : document.consolidated_metadata;
  if (version === '0.5' && (holder === undefined || holder === null)) return null;
  if (!isRecord(holder) || !isRecord(holder.metadata))
    throw new CorruptFileError(file, 'expected consolidated metadata');
  return { document, metadata: holder.metadata };
}

/** What the labels' group and the labels say of themselves, by their keys in consolidated metadata of Zarr 2. */
async function nodesOf(labels: string, name: string, prefix: string): Promise<Map<string, unknown>> {
  const nodes = new Map<string, unknown>();
  const add = async (folder: string, key: string) => {
    for (const file of NODE_FILES) {
      const place = path.join(folder, file);
      const text = await readUnlinkedText(place).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      if (text !== null) nodes.set(`${key}${file}`, parsed(text, place));
    }
  };
  await add(labels, prefix);
  const own = path.join(labels, name);
  await add(own, `${prefix}${name}/`);
  for (const entry of await listFolder(own)) {
    if (entry.isDirectory()) await add(path.join(own, entry.name), `${prefix}${name}/${entry.name}/`);
  }
  // The nodes of labels that were there before and are not any more go.
  nodes.set(`${prefix}${name}/`, null);
  return nodes;
}

/** The text with other nodes; null where it says the same already. */
async function renewed(group: string, nodes: ReadonlyMap<string, unknown>): Promise<string | null> {
  const found = await metadataOf(group, '0.4');
  if (!found) return null;
  const gone = [...nodes].filter(([, node]) => node === null).map(([key]) => key);
  const kept = Object.entries(found.metadata).filter(([key]) => !gone.some((start) => key.startsWith(start)));
  const metadata = {
    ...Object.fromEntries(kept),
    ...Object.fromEntries([...nodes].filter(([, node]) => node !== null)),
  };
  const document = { ...found.document, metadata };
  return sameNodes(metadata, found.metadata) ? null : `${JSON.stringify(document, null, 2)}\n`;
}

function sameNodes(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const sorted = (nodes: Record<string, unknown>) =>
    JSON.stringify(Object.entries(nodes).sort(([x], [y]) => (x < y ? -1 : 1)));
  return sorted(a) === sorted(b);
}

/** The metadata of a group without consolidated ones, as long as before, and its time of change. */
async function without(file: string) {
  const { mtime } = await stat(file);
  const text = await readUnlinkedText(file);
  const { consolidated_metadata: gone, ...document } = parsed(text, file);
  if (gone === undefined || gone === null) return { text: null, value: null };
  const short = JSON.stringify(document, null, 2);
  const least = short.length < text.length ? short : JSON.stringify(document);
  const missing = Buffer.byteLength(text) - Buffer.byteLength(least);
  return { text: least + ' '.repeat(Math.max(0, missing)), value: null, modified: mtime };
}

function parsed(text: string, file: string): Record<string, unknown> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new CorruptFileError(file, 'expected JSON', {}, { cause });
  }
  if (!isRecord(document)) throw new CorruptFileError(file, 'expected an object in JSON');
  return document;
}
