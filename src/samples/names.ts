const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'variant' });

/** The order of listings: numbers in names by value, the same on every machine. */
export function compareNames(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** A name in the one form that is compared: a Mac writes `ü` as two characters, other systems as one. */
export function composed(name: string): string {
  return name.normalize('NFC');
}

/** What an id is called without its folders. */
export function lastName(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

const SHOWN = 20;

/** Names for a message, the first twenty of them. */
export function listNames(names: readonly string[], separator = ', '): string {
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return names.slice(0, SHOWN).join(separator) + more;
}
