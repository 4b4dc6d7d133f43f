import path from 'node:path';
import { mapConcurrently } from '../base/long-work';
import { type Completeness, completenessOf } from '../formats/completeness';
import { imageExtension } from '../formats/extensions';
import { listFolder, lookAt, passTimeouts } from '../storage/outside-files';
import { isSameVersion, type Version } from './watched';

/** What is asked of a disk at a time: a share answers many at once. */
const AT_ONCE = 16;
/** Folders of a Zarr image that are looked at; of one with more the first ones tell. */
const MOST_FOLDERS = 20_000;
/** Formats whose structure tells nothing. */
const UNJUDGED: ReadonlySet<string> = new Set(['.zarr']);

/** Gives the version of each file, null where it is gone. */
export function versionsOf(places: readonly string[]): Promise<Array<Version | null>> {
  return mapConcurrently(places, AT_ONCE, versionOf);
}

/** Gives the version of a file, null where it is gone. @throws SegmenterError `timeout` */
export async function versionOf(place: string): Promise<Version | null> {
  const status = await lookAt(place).catch(passTimeouts(null));
  return status && { size: status.size, modified: status.mtimeMs };
}

/** Tells whether a file is still in a version. @throws SegmenterError `timeout` */
export async function isStill(version: Version, place: string): Promise<boolean> {
  const now = await versionOf(place);
  return now !== null && isSameVersion(now, version);
}

/** Gives the version of files that are one image: all bytes, and the last change. */
export function versionOfSet(versions: readonly Version[]): Version {
  return {
    size: versions.reduce((sum, { size }) => sum + size, 0),
    modified: Math.max(...versions.map(({ modified }) => modified)),
  };
}

/**
 * Gives the version of a Zarr image: how many entries its folders have, and when one last came or went. A chunk that is
 * written anew by its name changes neither, so a writer that fills chunks piece by piece needs its quiet time.
 */
export async function versionOfFolder(folder: string): Promise<Version> {
  let entries = 0;
  let modified = 0;
  const folders = [folder];
  for (let i = 0; i < folders.length && i < MOST_FOLDERS; i++) {
    modified = Math.max(modified, (await lookAt(folders[i]).catch(passTimeouts(null)))?.mtimeMs ?? 0);
    for (const entry of await listFolder(folders[i]).catch(passTimeouts([]))) {
      entries++;
      if (entry.isDirectory()) folders.push(path.join(folders[i], entry.name));
    }
  }
  return { size: entries, modified };
}

/** Gives the worst that the structure of one of the files says of their end; null where their format does not tell. */
export async function completenessOfSet(places: readonly string[]): Promise<Completeness | null> {
  const isSet = places.length > 1;
  let found: Completeness = 'unknown';
  for (const place of places) {
    if (UNJUDGED.has(imageExtension(place) ?? '')) return null;
    found = await completenessOf(place, isSet).catch(passTimeouts('unknown' as const));
    if (found === 'unknown') return found;
  }
  // A set may get another file.
  return isSet ? 'so-far' : found;
}
