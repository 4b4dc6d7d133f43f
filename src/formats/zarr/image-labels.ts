import { constants } from 'node:fs';
import { access, rm } from 'node:fs/promises';
import path from 'node:path';
import { CorruptFileError } from '../../base/errors';
import { isRecord } from '../../base/plain-json';
import type { ExistingRule } from '../../storage/atomic-file';
import { readUnlinkedText } from '../../storage/outside-files';
import { replaceExclusively } from '../../storage/replace-exclusively';
import { isOwnImage } from '../own-mark';
import type { ImageWriter, WriteInfo } from '../source';
import { consolidatedGroups, type GroupAround, groupsAround, renewConsolidated } from './consolidated';
import { FolderStore } from './folder-store';
import { ngffOf, parseMultiscale } from './multiscale';
import { readNode } from './node';
import { findScenes } from './scenes';
import type { NgffVersion } from './write-metadata';
import { startZarr } from './zarr-writer';

/** The group of an OME-Zarr image that holds its label images. */
export interface LabelsGroup {
  /** may not be there yet */
  folder: string;
  /** from the top of the hierarchy to this one */
  groups: readonly GroupAround[];
  /** of the image, and so of its labels */
  version: NgffVersion;
}

/**
 * Finds where the labels of an image lie.
 * @param location the folder of a Zarr hierarchy
 * @returns why there is no such place, as a predicate of the image
 * @throws as `openZarr` does
 */
export async function findLabelsGroup(location: string, scene: number): Promise<LabelsGroup | string> {
  const store = await FolderStore.open(location);
  const top = await readNode(store, '');
  const key = top && !top.array ? (await findScenes(store, top))[scene]?.key : undefined;
  const node = key === undefined ? null : await readNode(store, key);
  if (!node || node.array || ngffOf(node).multiscales === undefined) return 'is an array without an image around it';
  const { version } = parseMultiscale(node);
  if (version !== '0.4' && version !== '0.5') return `is of NGFF ${version}, and labels are written in 0.4 and 0.5`;
  const image = path.join(location, ...node.key.split('/'));
  const folder = path.join(image, 'labels');
  const groups = groupsAround(location, folder);
  const places = [image, ...(await consolidatedGroups(groups, version))];
  const isWritable = await Promise.all(places.map((place) => access(place, constants.W_OK))).then(
    () => true,
    () => false,
  );
  return isWritable ? { folder, groups, version } : 'may not be written';
}

/**
 * Writes a label image into the group of an image's labels, and its name into their list beside those of others, and into consolidated
 * metadata where there are some. It appears whole, or not at all.
 * @param name of the labels, a folder
 * @param existing replace: what this package wrote under that name; what others wrote always stays
 * @throws SegmenterError `exists`, `corrupt-file` where the list cannot be read, and as `createImageWriter` does
 */
export async function createLabelsWriter(
  group: LabelsGroup,
  name: string,
  info: WriteInfo,
  { existing = 'error' as ExistingRule } = {},
): Promise<ImageWriter> {
  const { folder, version } = group;
  const target = path.join(folder, name);
  const isOwn = (place: string) => isOwnImage(place, 'ome-zarr');
  await listOf(folder, version);
  const hadOne = await isOwn(target);
  const writer = await startZarr(target, { ...info, labels: { of: '../../' } }, version, {
    existing,
    mayReplace: isOwn,
  });
  return {
    write: (rows) => writer.write(rows),
    abort: () => writer.abort(),
    finish: async () => {
      await writer.finish();
      try {
        await makeKnown(group, name);
      } catch (error) {
        // Labels that nothing lists would be found by nobody.
        if (!hadOne) await rm(target, { recursive: true, force: true }).catch(() => undefined);
        throw error;
      }
    },
  };
}

/** The metadata of a group of labels, whoever wrote them. */
interface LabelsList {
  file: string;
  document: Record<string, unknown>;
  /** where the list is, within the document */
  holder: Record<string, unknown>;
  names: unknown[];
}

/** @throws CorruptFileError where there is something else than a list of labels */
async function listOf(folder: string, version: NgffVersion): Promise<LabelsList> {
  const file = path.join(folder, version === '0.5' ? 'zarr.json' : '.zattrs');
  const text = await readUnlinkedText(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  let document: unknown = version === '0.5' ? { zarr_format: 3, node_type: 'group', attributes: {} } : {};
  try {
    if (text !== null) document = JSON.parse(text);
  } catch (cause) {
    throw new CorruptFileError(file, 'expected JSON', {}, { cause });
  }
  if (!isRecord(document)) throw new CorruptFileError(file, 'expected the metadata of a group');
  let holder = document;
  if (version === '0.5') {
    if (document.node_type !== 'group') throw new CorruptFileError(file, 'node_type: expected "group"');
    const attributes = below(document, 'attributes', {}, file);
    holder = below(attributes, 'ome', { version }, file);
  }
  const names = holder.labels ?? [];
  if (!Array.isArray(names)) throw new CorruptFileError(file, 'labels: expected a list of names');
  return { file, document, holder, names };
}

function below(of: Record<string, unknown>, name: string, fresh: object, file: string): Record<string, unknown> {
  of[name] ??= fresh;
  const value = of[name];
  if (!isRecord(value)) throw new CorruptFileError(file, `${name}: expected an object`);
  return value;
}

/** Lists labels of this package that a kill left without, before they were listed; what others wrote is theirs to list. */
export async function listLeftLabels(group: LabelsGroup, name: string): Promise<void> {
  if (await isOwnImage(path.join(group.folder, name), 'ome-zarr')) await makeKnown(group, name);
}

async function makeKnown(group: LabelsGroup, name: string): Promise<void> {
  await addToList(group.folder, group.version, name);
  await renewConsolidated(group, name);
}

async function addToList(folder: string, version: NgffVersion, name: string): Promise<void> {
  if (version === '0.4') {
    const group = path.join(folder, '.zgroup');
    await replaceExclusively(group, async () => {
      const isThere = await readUnlinkedText(group).then(
        () => true,
        () => false,
      );
      return { text: isThere ? null : '{\n  "zarr_format": 2\n}\n', value: null };
    });
  }
  const { file } = await listOf(folder, version);
  await replaceExclusively(file, async () => {
    const { document, holder, names } = await listOf(folder, version);
    if (names.includes(name)) return { text: null, value: null };
    holder.labels = [...names, name];
    return { text: `${JSON.stringify(document, null, 2)}\n`, value: null };
  });
}
