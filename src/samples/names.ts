import { withoutImageExtension } from '../formats/extensions';

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'variant' });

/** The order of listings: numbers in names by value, the same on every machine. */
export function compareNames(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** The order of the files of a set: `scan.tif` comes before `scan_1.tif`, whatever the order of points and lines. */
export function compareInSet(a: string, b: string): number {
  return compareNames(withoutImageExtension(a), withoutImageExtension(b)) || compareNames(a, b);
}

/** A name in the one form that is compared: a Mac writes `ü` as two characters, other systems as one. */
export function composed(name: string): string {
  return name.normalize('NFC');
}

/** What an id is called without its folders. */
export function lastName(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

/** A name's letters as people see them: however they are composed, of whatever width, without what is not drawn. */
function looksOf(name: string): string {
  return name
    .normalize('NFKC')
    .replaceAll(/[\p{Cf}\p{Mn}]/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}

/**
 * Names for a message in which others stand, too: what looks like one of these though it is another gets the codes of its
 * unusual characters.
 */
export function tellApart(names: readonly string[], others: readonly string[]): string[] {
  const seen = new Map(others.map((name) => [looksOf(name), name]));
  return names.map((name) => {
    const alike = seen.get(looksOf(name));
    if (alike === undefined || alike === name) return name;
    const codes = [...name].map((c) => (/[!-~]/.test(c) ? c : `\\u{${c.codePointAt(0)?.toString(16)}}`));
    return `"${codes.join('')}"`;
  });
}

const SHOWN = 20;

/** Names for a message, the first twenty of them. */
export function listNames(names: readonly string[], separator = ', '): string {
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return names.slice(0, SHOWN).join(separator) + more;
}
