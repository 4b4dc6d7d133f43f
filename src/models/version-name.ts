import { InvalidInputError } from '../base/errors';
import { checkModelName } from './model-name';

const VERSION = /^[vV]?([1-9][0-9]{0,8})$/;

/** Stands for the version that was published last, however it compares with the model that it was trained from. */
const LATEST = 'latest';

/** A model by name, perhaps pinned to a version or to the last one. */
export interface NamedModel {
  name: string;
  version: string | null;
  isLatest?: boolean;
}

/** The folder name of the n-th version: `v1`, `v2`, ... */
export function versionName(number: number): string {
  return `v${number}`;
}

/** The number of a version's folder name, or null where the text is none; `v3`, `V3` and `3` are 3. */
export function versionNumber(version: string): number | null {
  const match = VERSION.exec(version);
  return match ? Number(match[1]) : null;
}

/** Reads `name`, `name@version` or `name@latest`. @throws InvalidInputError */
export function parseNamedModel(text: string): NamedModel {
  const [name, version, ...rest] = text.trim().split('@');
  if (rest.length > 0) throw new InvalidInputError('model', 'a name, name@version or a folder', text);
  checkModelName(name);
  if (version === undefined) return { name, version: null };
  if (version === LATEST) return { name, version: null, isLatest: true };
  const number = versionNumber(version);
  if (number === null) throw new InvalidInputError('model version', `v1, v2, ... or ${LATEST}`, version);
  return { name, version: versionName(number) };
}
