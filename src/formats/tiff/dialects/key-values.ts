/** The lines `key = value` of a text, in any style of line ends; a key that comes again keeps its first value. */
export function keyValues(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/[\r\n]/)) {
    const at = line.indexOf('=');
    const key = line.slice(0, Math.max(0, at)).trim();
    if (key !== '' && !values.has(key)) values.set(key, line.slice(at + 1).trim());
  }
  return values;
}
