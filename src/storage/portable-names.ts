import { createHash } from 'node:crypto';
import { InvalidInputError } from '../base/errors';

/** Bytes of UTF-8; leaves room for endings, and for those of half written files, within the 255 of most disks. */
const LONGEST = 180;
/** Characters of a hash that stands for the end of a long name. */
const HASH = 32;
const RESERVED_BY_WINDOWS = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;
const CONTROL = /\p{Cc}|\p{Surrogate}/u;

/**
 * Builds the path below a folder that an id with `/` between folders stands for. What some system does not take in a
 * name is written as `%` and its code, and the end of a long name as `~` and a hash; all else stays as it is.
 * @throws InvalidInputError for an id that is no path below a folder: absolute, with an empty part, `.` or `..`, or with
 *   control characters
 */
export function pathOfId(id: string): string {
  const parts = id.split('/');
  const isBelow = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isBelow || CONTROL.test(id)) {
    throw new InvalidInputError(
      'sample id',
      'a path below a folder, without "..", empty parts and control characters',
      id,
    );
  }
  return parts.map(portable).join('/');
}

/** Tells whether every system takes this as the name of a file, without folders. */
export function isPortableName(name: string): boolean {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || CONTROL.test(name)) return false;
  return portable(name) === name;
}

function portable(part: string): string {
  const name = part
    .replace(/[\\:*?"<>|]|%(?=[0-9A-F]{2})/g, escapeCharacter)
    .replace(/[. ]$/, escapeCharacter)
    .replace(RESERVED_BY_WINDOWS, (word) => escapeCharacter(word[0]) + word.slice(1));
  return Buffer.byteLength(name) <= LONGEST ? name : shorten(name);
}

function shorten(name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH);
  let bytes = 0;
  const kept: string[] = [];
  for (const character of name) {
    bytes += Buffer.byteLength(character);
    if (bytes > LONGEST - HASH - 1) break;
    kept.push(character);
  }
  return `${kept.join('')}~${hash}`;
}

/** Writes an ASCII character as `%` and its code in hexadecimal. */
export function escapeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
