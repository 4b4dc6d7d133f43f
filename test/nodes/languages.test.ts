import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { NODES_FOLDER } from './run-node';
import { LONGEST_STATUS, longestStatus } from './status-values';

const PAGES = path.resolve(NODES_FOLDER, '..', 'pages');
const ENGLISH = 'en-US';
const GERMAN = 'de';

/** Texts that German writes as English does: words of the field, names of methods and products. */
const ALIKE = new Set([
  ...['Alarm', 'CPU', 'Dice', 'Engine', 'Format', 'Gamma', 'GPU (WebGPU)', 'Instrument', 'Isodata', 'Li', 'Loss'],
  ...['Manifest', 'Maximum', 'Merge', 'Minimum', 'Name', 'OME-TIFF', 'OME-Zarr 0.4 (Zarr 2)'],
  ...['OME-Zarr 0.5 (Zarr 3)', 'ONNX', 'ONNX Runtime', 'Orthogonal', 'Otsu', 'Polygon', 'Radius', 'Sample', 'Samples'],
  ...['Seed', 'Seg 1', 'Seg 2', 'TensorFlow', 'Threads', 'TIFF', 'Training', 'Trainings', 'Triangle', 'Version', 'Yen'],
  ...['Drift', 'useq MDASequence (pymmcore-plus)', 'Zoom', 'Enter', 'Esc', 'min', 'msg.png', 'px', 'µm'],
]);

interface Catalogue {
  readonly name: string;
  readonly language: string;
  readonly english: Map<string, string>;
  readonly other: Map<string, string>;
}

const nodes = readdirSync(NODES_FOLDER).filter((name) => existsSync(path.join(NODES_FOLDER, name, 'locales', ENGLISH)));
const pages = readdirSync(PAGES).filter((name) => existsSync(path.join(PAGES, name, 'locales')));

describe('every node, the sidebar and every page', () => {
  it('speak German', () => {
    assert.ok(nodes.includes('sidebar') && nodes.length > 15 && pages.length >= 4);
    for (const name of nodes) assert.ok(languagesOf(name).includes(GERMAN), `${name} has no ${GERMAN}`);
    for (const name of pages) assert.ok(existsSync(pageFile(name, GERMAN)), `the page ${name} has no ${GERMAN}`);
  });
});

for (const { name, language, english, other } of [...nodes.flatMap(ofNode), ...pages.flatMap(ofPage)]) {
  describe(`${name} in ${language}`, () => {
    it('has the keys of English, none missing and none too many', () => {
      assert.deepEqual([...other.keys()].sort(), [...english.keys()].sort());
    });

    it('asks for the values that English asks for', () => {
      for (const [key, text] of other) assert.deepEqual(valuesOf(text), valuesOf(english.get(key) ?? ''), key);
    });

    it('is no English, but for words that both share', () => {
      const left = [...other].filter(([key, text]) => text === english.get(key) && !isAlike(text));
      assert.deepEqual(left, []);
    });

    it('begins and ends each text as English does: with a space, a colon, a full stop or without', () => {
      const ends = (text: string) => [/^\s/.test(text), /[\s:.?]$/.exec(text)?.[0] ?? ''];
      for (const [key, text] of other) {
        // A sentence of English that is cut short by a value may end otherwise.
        if (!/[}_]$/.test(text) && !/[}_]$/.test(english.get(key) ?? '')) {
          assert.deepEqual(ends(text), ends(english.get(key) ?? ''), key);
        }
      }
    });

    it('keeps status texts short enough to stand below a node', () => {
      for (const [key, text] of other) {
        if (!key.startsWith('status.')) continue;
        const longest = longestStatus(key, text);
        assert.ok(longest.length <= LONGEST_STATUS, `${key}: "${longest}" has ${longest.length} characters`);
      }
    });
  });
}

for (const name of nodes) {
  const english = helpFile(name, ENGLISH);
  if (!existsSync(english)) continue;
  for (const language of languagesOf(name)) {
    it(`the help of ${name} in ${language} describes what English describes`, () => {
      const help = readFileSync(helpFile(name, language), 'utf8');
      const original = readFileSync(english, 'utf8');
      assert.deepEqual(tagsOf(help), tagsOf(original));
      assert.deepEqual(contents(help, 'dt'), contents(original, 'dt'));
      const same = contents(help, 'p|dd').filter((text) => contents(original, 'p|dd').includes(text));
      // What is code alone is the same in all languages.
      assert.deepEqual(
        same.filter((text) => /[a-z]{3}/.test(text.replaceAll(/<code>.*?<\/code>/g, ''))),
        [],
      );
      const codes = (text: string) => [...new Set(contents(text, 'code'))].sort();
      assert.deepEqual(codes(help), codes(original));
    });
  }
}

function languagesOf(name: string): string[] {
  return readdirSync(path.join(NODES_FOLDER, name, 'locales')).filter((language) => language !== ENGLISH);
}

function ofNode(name: string): Catalogue[] {
  const read = (language: string) =>
    flat(JSON.parse(readFileSync(path.join(NODES_FOLDER, name, 'locales', language, `${name}.json`), 'utf8')));
  return languagesOf(name).map((language) => ({ name, language, english: read(ENGLISH), other: read(language) }));
}

function ofPage(name: string): Catalogue[] {
  const read = (language: string) =>
    new Map(Object.entries(JSON.parse(readFileSync(pageFile(name, language), 'utf8')) as Record<string, string>));
  return readdirSync(path.join(PAGES, name, 'locales'))
    .map((file) => path.basename(file, '.json'))
    .filter((language) => language !== ENGLISH)
    .map((language) => ({ name: `the page ${name}`, language, english: read(ENGLISH), other: read(language) }));
}

function pageFile(name: string, language: string): string {
  return path.join(PAGES, name, 'locales', `${language}.json`);
}

function helpFile(name: string, language: string): string {
  return path.join(NODES_FOLDER, name, 'locales', language, `${name}.html`);
}

/** Texts by their path, such as `label.name`. */
function flat(value: unknown, key = ''): Map<string, string> {
  if (typeof value === 'string') return new Map([[key, value]]);
  const inner = Object.entries(value as Record<string, unknown>);
  return new Map(inner.flatMap(([name, below]) => [...flat(below, key ? `${key}.${name}` : name)]));
}

function valuesOf(text: string): string[] {
  return [...text.matchAll(/__(\w+?)__|\{(\w+)\}/g)].map(([value]) => value).sort();
}

/** Only words that the languages share stand in the text, beside values, digits and signs. */
function isAlike(text: string): boolean {
  if (ALIKE.has(text)) return true;
  const words = text.replaceAll(/__\w+?__|\{\w+\}/g, ' ').match(/[\p{L}.]+/gu) ?? [];
  return words.every((word) => word.length === 1 || ALIKE.has(word));
}

function tagsOf(help: string): string[] {
  return [...help.matchAll(/<\/?(?:script|h3|dl|dt|dd|p|ol|li)\b[^>]*>/g)].map(([tag]) => tag);
}

/** What stands between a tag and its end, with single spaces. */
function contents(help: string, tags: string): string[] {
  return [...help.matchAll(new RegExp(`<(${tags})\\b[^>]*>(.*?)</\\1>`, 'gs'))].map(([, , inner]) =>
    inner.replaceAll(/\s+/g, ' ').trim(),
  );
}
