import path from 'node:path';
import { SegmenterError } from '../../../base/errors';
import { isInside, toPath, toUri } from '../../../storage/paths';

/** Stands where the name of a shared folder stands elsewhere; no folder can be called so. */
const SENT = '@sent';
const PLACE = /^segmenter-(?<form>file|path):\/\/@sent\/(?<key>[^/]+)\/(?<name>.*)$/s;

/** What each bundle was made of on the machine that has its files: the name that it has there, and its place, by keys. */
export type Origins = Readonly<Record<string, { name: string; place: string }>>;

/** Gives the portable form of a place that lies in no shared folder. @param name of a file or folder in the bundle */
export function sentPlace(place: string, key: string, name: string): string {
  return `segmenter-${place.startsWith('file:') ? 'file' : 'path'}://${SENT}/${key}/${name}`;
}

/** Tells whether a place lies in a shared folder, as against one that only the asker has. */
export function isShared(place: string): boolean {
  return !PLACE.test(place);
}

/**
 * Gives the place on the asker's machine of what {@link sentPlace} wrote there; any other text as it is.
 * @throws SegmenterError `not-allowed` where nothing of this key was sent, or the path leads out of its folder
 */
export function fromSent(text: string, origins: Origins): string {
  const { form, key, name } = PLACE.exec(text)?.groups ?? {};
  if (name === undefined) return text;
  const origin = Object.hasOwn(origins, key) ? origins[key] : null;
  const isNamed = origin && (name === origin.name || name.startsWith(`${origin.name}/`));
  const full = isNamed ? path.join(origin.place, ...name.slice(origin.name.length).split('/')) : null;
  if (!origin || full === null || !isInside(origin.place, full)) {
    throw new SegmenterError('not-allowed', `${text}: a worker names what it was not sent`);
  }
  return form === 'file' ? toUri(full) : full;
}

/** The path of a place of this machine, as against others that mean the same. */
export function samePath(place: string): string {
  return path.resolve(toPath(place));
}
