import { createHash } from 'node:crypto';
import { InvalidInputError } from '../base/errors';
import { escapeCharacter } from '../storage/portable-names';

/** Leaves room for `.corrections.geojson` and the endings of half written files within the 255 bytes of most disks. */
const LONGEST = 180;
/** Characters of a hash that stands for the end of a long id. */
const HASH = 32;
const RESERVED_BY_WINDOWS = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * The name, without ending, of the files of a sample: letters, digits, `-`, `_` and inner `.` as they are, all else as
 * `%` and the bytes of UTF-8 in hexadecimal. Different ids have different names; long ones end in `~` and a hash.
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
  const hash = createHash('sha256').update(id).digest('hex').slice(0, HASH);
  return `${name.slice(0, LONGEST - HASH - 1)}~${hash}`;
}
