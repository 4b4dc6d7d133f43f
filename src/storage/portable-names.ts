import { createHash } from 'node:crypto';
import { InvalidInputError } from '../base/errors';

/**
 * Bytes of UTF-8; leaves room for endings such as `.corrections.geojson`, and for those of half written files, within the
 * 255 of most disks.
 */
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
  let bytes = 0;
  const kept: string[] = [];
  for (const character of name) {
    bytes += Buffer.byteLength(character);
    if (bytes > LONGEST - HASH - 1) break;
    kept.push(character);
  }
  return `${kept.join('')}~${hashOf(name)}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH);
}

/** Writes an ASCII character as `%` and its code in hexadecimal. */
function escapeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/**
 * Gives the name, without ending, of a sample's files in a folder of all samples: letters, digits, `-`, `_` and inner `.`
 * as they are, all else as `%` and the bytes of UTF-8 in hexadecimal. Different ids have different names; long ones end in
 * `~` and a hash.
 * @throws InvalidInputError for an empty id, or one that is no valid text
 */
export function fileNameOf(id: string): string {
  // A lone surrogate has no UTF-8.
  if (id === '' || /\p{Surrogate}/u.test(id)) throw new InvalidInputError('sample id', 'a text that is not empty', id);
  const name = encodeURIComponent(id)
    .replace(/[!'()*~]/g, escapeCharacter)
    .replace(/^\./, escapeCharacter)
    .replace(/\.$/, escapeCharacter)
    .replace(RESERVED_BY_WINDOWS, (word) => escapeCharacter(word[0]) + word.slice(1));
  if (name.length <= LONGEST) return name;
  return `${name.slice(0, LONGEST - HASH - 1)}~${hashOf(id)}`;
}
