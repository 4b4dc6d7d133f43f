import path from 'node:path';
import { lookAt } from '../../storage/outside-files';

/** A name that promises a Zarr image. */
const NAMED = /.\.zarr$/i;
/** Files of which every node of a hierarchy has one. */
const METADATA = ['zarr.json', '.zgroup', '.zarray'];

/** Whether the last name of a path promises a Zarr image. */
export function isNamedZarr(place: string): boolean {
  return NAMED.test(path.basename(place));
}

/** Whether a folder of these entries is a node of a Zarr hierarchy. */
export function holdsZarrMetadata(entries: readonly { name: string }[]): boolean {
  return entries.some(({ name }) => METADATA.includes(name));
}

/** The outermost folder above a path, or the path itself, that is named like a Zarr image; null where there is none. */
export function zarrFolderAbove(absolute: string): string | null {
  const parts = absolute.split(path.sep);
  const at = parts.findIndex((part) => NAMED.test(part));
  return at < 0 ? null : parts.slice(0, at + 1).join(path.sep);
}

/**
 * Whether a path is a Zarr image, or a group or array in one, and not a folder of images: by its name, by a folder
 * above it, or by the metadata in it.
 */
export async function isZarrFolder(folder: string): Promise<boolean> {
  const status = await lookAt(folder);
  if (!status?.isDirectory()) return false;
  if (zarrFolderAbove(path.resolve(folder)) !== null) return true;
  const found = await Promise.all(METADATA.map((name) => lookAt(path.join(folder, name))));
  return found.some((file) => file?.isFile());
}

/** Whether a Zarr image has a file of this name: metadata, and chunks of levels that are named by numbers. */
export function isNameInZarr(name: string): boolean {
  return /^(\d+\/)?(zarr\.json|\.zgroup|\.zarray|\.zattrs|\.zmetadata)$|^\d+\/(c[/.])?\d+([/.]\d+)*$/.test(name);
}
