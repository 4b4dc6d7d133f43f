import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { CorruptFileError, messageOf } from '../base/errors';

/** An element: its attributes under `@name`, its children under their names, its text under `#text`. */
export type XmlElement = { readonly [name: string]: unknown };

/**
 * Parses XML from a file. Namespace prefixes are dropped, every value stays text, every child is in a list.
 * The document is checked first, for the parser accepts unclosed elements; a DOCTYPE is refused, for it can define
 * entities without bound.
 * @param subject the file, for the message
 * @returns the root under its name
 * @throws CorruptFileError
 */
export function parseXml(xml: string, subject: string): XmlElement {
  const text = xml.replace(/^\ufeff/, '').trim();
  if (/<!DOCTYPE/i.test(text)) throw new CorruptFileError(subject, 'its XML has a DOCTYPE, which is not accepted');
  checkAttributes(text, subject);
  const valid = XMLValidator.validate(text);
  if (valid !== true) {
    throw new CorruptFileError(subject, `its XML is damaged in line ${valid.err.line}: ${beginOf(valid.err.msg)}`);
  }
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    removeNSPrefix: true,
    parseAttributeValue: false,
    parseTagValue: false,
    // Numeric references such as &#956; are decoded only with this.
    htmlEntities: true,
    isArray: (_name, _path, _leaf, isAttribute) => !isAttribute,
  });
  try {
    return parser.parse(text) as XmlElement;
  } catch (error) {
    throw new CorruptFileError(subject, `its XML is not accepted: ${beginOf(messageOf(error))}`, undefined, {
      cause: error,
    });
  }
}

/** The parser quotes what it does not like, however long it is. */
function beginOf(reason: string): string {
  return reason.slice(0, LONGEST_REASON);
}

const LONGEST_REASON = 200;

/** Of one element; the parser takes long for each, and no metadata has more than some dozens. */
const MOST_ATTRIBUTES = 1000;

function checkAttributes(text: string, subject: string): void {
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    const [, end] = SKIPPED.find(([begin]) => text.startsWith(begin, at)) ?? [];
    at = end === undefined ? endOfTag(text, at, subject) : text.indexOf(end, at);
    if (at < 0) return;
  }
}

/** What may hold signs of elements that are none. */
const SKIPPED: ReadonlyArray<readonly [begin: string, end: string]> = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
];

/** @returns -1 where there is none, which the parser tells of */
function endOfTag(text: string, start: number, subject: string): number {
  let values = 0;
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at];
    if (character === '>') return at;
    if (character !== '"' && character !== "'") continue;
    at = text.indexOf(character, at + 1);
    if (at < 0) return -1;
    if (++values > MOST_ATTRIBUTES) {
      throw new CorruptFileError(subject, `its XML has an element of more than ${MOST_ATTRIBUTES} attributes`);
    }
  }
  return -1;
}

/** Lists the child elements of that name, in order. */
export function children(element: XmlElement | undefined, name: string): XmlElement[] {
  const found = element?.[name];
  if (!Array.isArray(found)) return [];
  return found.map((child: unknown) =>
    typeof child === 'object' && child !== null ? (child as XmlElement) : { '#text': String(child) },
  );
}

/** Reads an attribute; null where the element has none of that name. */
export function attribute(element: XmlElement | undefined, name: string): string | null {
  const value = element?.[`@${name}`];
  return typeof value === 'string' ? value : null;
}

/** Gives the element's own text, or null where it has none. */
export function textOf(element: XmlElement | undefined): string | null {
  const value = element?.['#text'];
  return value === undefined || value === '' ? null : String(value);
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Makes text safe inside an XML element or attribute; other control characters, which XML forbids, become U+FFFD. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"\p{Cc}\ufffe\uffff]/gu, (character) => ESCAPES[character] ?? '\ufffd');
}
