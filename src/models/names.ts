import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidInputError } from '../base/errors';
import { type NamedModel, parseNamedModel } from './version-name';

/** What a text refers to: a model by name, perhaps pinned to a version or to the last one, or a folder. */
export type ModelQuery = ({ kind: 'name' } & NamedModel) | { kind: 'folder'; folder: string; version: null };

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
  return { kind: 'name', ...parseNamedModel(trimmed) };
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw new InvalidInputError('model', 'a file:// URL of a folder on this machine', url);
  }
}
