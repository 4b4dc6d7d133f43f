import { CorruptFileError } from '../../base/errors';

/**
 * Cuts elements out of an XML document without building the rest: metadata of half a megabyte and more are common, of
 * which a few elements are wanted. Only that tags are balanced is checked.
 * @param parents names of the elements from the root down, whose children are wanted
 * @param wanted names of the children
 * @returns the text of the first child of each name, tags included
 * @throws CorruptFileError
 */
export function sliceElements(
  xml: string,
  parents: readonly string[],
  wanted: readonly string[],
  subject: string,
): Map<string, string> {
  const slices = new Map<string, string>();
  const damaged = (what: string) => new CorruptFileError(subject, `its XML is damaged: ${what}`);
  let depth = 0;
  /** how many of the open elements are the parents, from the root on */
  let inside = 0;
  let open: { name: string; start: number } | null = null;
  for (let at = xml.indexOf('<'); at >= 0; ) {
    const end = endOfMarkup(xml, at);
    if (end < 0) throw damaged(`what begins at character ${at} has no end`);
    const next = xml[at + 1];
    if (next === '/') {
      depth--;
      if (depth < 0) throw damaged(`an element ends at character ${at} that did not begin`);
      if (open && depth === parents.length) {
        slices.set(open.name, xml.slice(open.start, end));
        open = null;
        if (slices.size === wanted.length) return slices;
      }
      inside = Math.min(inside, depth);
    } else if (next !== '?' && next !== '!') {
      const empty = xml[end - 2] === '/';
      const name = /^[^\s/>]*/.exec(xml.slice(at + 1, Math.min(end, at + 1 + LONGEST_NAME)))?.[0] ?? '';
      if (inside === parents.length && depth === inside && !empty && wanted.includes(name) && !slices.has(name)) {
        open = { name, start: at };
      }
      if (inside === depth && depth < parents.length && parents[depth] === name && !empty) inside++;
      if (!empty) depth++;
    }
    at = xml.indexOf('<', end);
  }
  if (depth !== 0) throw damaged(`${depth} elements have no end`);
  return slices;
}

const LONGEST_NAME = 64;

/** Where the tag, comment or other markup that begins at `at` has ended; -1 where it has not. */
function endOfMarkup(xml: string, at: number): number {
  const after = (text: string, from: number): number => {
    const found = xml.indexOf(text, from);
    return found < 0 ? -1 : found + text.length;
  };
  if (xml.startsWith('<!--', at)) return after('-->', at + 4);
  if (xml.startsWith('<![CDATA[', at)) return after(']]>', at + 9);
  if (xml[at + 1] === '?') return after('?>', at + 2);
  for (let i = at + 1; i < xml.length; i++) {
    const character = xml[i];
    if (character === '>') return i + 1;
    if (character === '"' || character === "'") {
      i = xml.indexOf(character, i + 1);
      if (i < 0) return -1;
    }
  }
  return -1;
}
