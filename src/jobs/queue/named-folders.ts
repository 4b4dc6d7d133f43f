import { InvalidInputError } from '../../base/errors';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Of Linux and macOS, of a user's home, of Windows. */
const ABSOLUTE = /^([/~]|[A-Za-z]:[\\/]|\\\\)/;
const EXPECTED = 'NAME=FOLDER with the absolute path of a folder, several with ; between, each with a name of its own';

/** Tells whether a folder can be shared by this name. */
export function isFolderName(name: string): boolean {
  return NAME.test(name);
}

/**
 * Reads `NAME=FOLDER`, or several with `;` between, as they stand.
 * @throws InvalidInputError
 */
export function parseNamedFolders(text: string): Array<{ name: string; folder: string }> {
  const entries = text.split(';').flatMap((entry) => (entry.trim() === '' ? [] : [entry.trim()]));
  const folders = entries.map((entry) => {
    const at = entry.indexOf('=');
    const [name, folder] = [entry.slice(0, at).trim(), entry.slice(at + 1).trim()];
    if (at < 1 || !isFolderName(name) || !ABSOLUTE.test(folder)) {
      throw new InvalidInputError('shared folder', EXPECTED, entry);
    }
    return { name, folder };
  });
  const twice = folders.find(({ name }, at) => folders.findIndex((other) => other.name === name) !== at);
  if (twice) throw new InvalidInputError('shared folder', EXPECTED, `${twice.name} twice`);
  return folders;
}
