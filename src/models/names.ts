import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidInputError } from '../base/errors';
import { checkModelName } from './model-name';

const VERSION = /^[vV]?([1-9][0-9]{0,8})$/;

/** Stands for the version that was published last, however it compares with the model that it was trained from. */
const LATEST = 'latest';

/** What a text refers to: a model by name, perhaps pinned to a version or to the last one, or a folder. */
export type ModelQuery =
  | { kind: 'name'; name: string; version: string | null; isLatest?: boolean }
  | { kind: 'folder'; folder: string; version: null };

/** The folder name of the n-th version: `v1`, `v2`, ... */
export function versionName(number: number): string {
  return `v${number}`;
}

/** The number of a version's folder name, or null where the text is none; `v3`, `V3` and `3` are 3. */
export function versionNumber(version: string): number | null {
  const match = VERSION.exec(version);
  return match ? Number(match[1]) : null;
}

/**
 * Reads `name`, `name@version`, `name@latest`, a folder, a `model.json` in it, or either as `file://` URL.
 * A text with a path separator is a folder; so names never leave the models folder.
 * @throws InvalidInputError
 */
export function parseModelQuery(text: string): ModelQuery {
  const trimmed = text.trim();
  const place = trimmed.startsWith('file:') ? pathOf(trimmed) : trimmed;
  if (/[\\/]/.test(place)) {
    const folder = path.resolve(path.basename(place) === 'model.json' ? path.dirname(place) : place);
    return { kind: 'folder', folder, version: null };
  }
  const [name, version, ...rest] = trimmed.split('@');
  if (rest.length > 0) throw new InvalidInputError('model', 'a name, name@version or a folder', text);
  checkModelName(name);
  if (version === undefined) return { kind: 'name', name, version: null };
  if (version === LATEST) return { kind: 'name', name, version: null, isLatest: true };
  const number = versionNumber(version);
  if (number === null) throw new InvalidInputError('model version', `v1, v2, ... or ${LATEST}`, version);
  return { kind: 'name', name, version: versionName(number) };
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw new InvalidInputError('model', 'a file:// URL of a folder on this machine', url);
  }
}
