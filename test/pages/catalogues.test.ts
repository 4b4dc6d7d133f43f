import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fill, languagesFrom } from '../../pages/shared/logic/texts';

/** The compiled test lies in dist/test/pages, three folders below the project's. */
const PAGES = path.resolve(__dirname, '../../..', 'pages');
const ENGLISH = 'en-US.json';
/** Where a person reads or hears what stands there. */
const SHOWN = /(?:\btext:|\btitle:|\btextContent =|\bplaceholder:|'aria-label':|\.title =)\s*(['"`])((?:(?!\1).)*)\1/g;
/** Words with a space between: a sentence, where it is no list of classes and no path of a drawing. */
const SENTENCE = /\p{L}{2,}[,.;:]? \p{L}{2,}|^\p{Lu}\p{Ll}+$/u;
const NOT_SHOWN = [
  /\bclass(?:es)?\b.*/,
  /\bthrow new \w+/,
  /new (?:Unreachable)?Error\(/,
  /querySelector|matches\(|getContext|matchMedia|font/,
];

type Texts = Record<string, string>;

describe('the catalogues of the pages', () => {
  const rooms = readdirSync(PAGES, { withFileTypes: true }).filter((entry) => entry.isDirectory());

  const classes = classesOf(rooms.map(({ name }) => path.join(PAGES, name, 'css')));

  for (const { name: room } of rooms) {
    const texts = read(room, ENGLISH);
    const sources = sourcesOf(room);
    const lines = sources.flatMap(({ file, code }) => withoutComments(code).map((line) => ({ file, line })));

    it(`every text of ${room} is used`, () => {
      assert.ok(Object.keys(texts).length > 0);
      const literals = new Set(sources.flatMap(({ code }) => [...code.matchAll(/'([\w.]+)'/g)].map(([, key]) => key)));
      const unused = Object.keys(texts).filter((key) => !literals.has(key) && !literals.has(countedName(key)));
      assert.deepEqual(unused, []);
    });

    it(`what ${room} shows comes from its catalogue`, () => {
      const shown = lines.flatMap(({ file, line }) =>
        [...line.matchAll(SHOWN)].map(([, , text]) => ({ file, text: text.replaceAll(/\$\{.*?\}/g, '') })),
      );
      const wrong = shown.filter(({ text }) => /\p{L}{2,}/u.test(text) && !isKey(text, texts));
      assert.deepEqual(wrong, []);
    });

    it(`no sentence stands in the code of ${room}`, () => {
      const wrong = lines.flatMap(({ file, line }) => {
        if (NOT_SHOWN.some((pattern) => pattern.test(line)) || /^import |^\} from /.test(line)) return [];
        const literals = [...line.matchAll(/'([^']*)'|`([^`]*)`/g)].map(([, plain, filled]) => plain ?? filled);
        return literals
          .map((text) => text.replaceAll(/\$\{.*?\}/g, '#'))
          .filter((text) => SENTENCE.test(text) && !text.split(' ').every((word) => classes.has(word)))
          .map((text) => `${file}: ${text}`);
      });
      assert.deepEqual(
        wrong.filter((text) => !KEY_NAMES.test(text)),
        [],
      );
    });

    it(`another language of ${room} has no other keys, and asks for no other values`, () => {
      for (const file of readdirSync(path.join(PAGES, room, 'locales'))) {
        for (const [key, text] of Object.entries(read(room, file))) {
          const english = texts[key] ?? texts[`${countedName(key)}.other`];
          assert.ok(english !== undefined, `${file}: ${key} is not in ${ENGLISH}`);
          const wrong = valuesOf(text).filter((name) => !valuesOf(english).includes(name));
          assert.deepEqual(wrong, [], `${file}: ${key}`);
        }
      }
    });
  }

  it('a counted text has the forms of English', () => {
    for (const { name: room } of rooms) {
      const keys = Object.keys(read(room, ENGLISH));
      const singular = keys.filter((key) => key.endsWith('.one') && keys.includes(`${countedName(key)}.other`));
      for (const key of keys.filter((other) => other.endsWith('.other')))
        assert.ok(singular.includes(`${countedName(key)}.one`), key);
    }
  });
});

describe('a text', () => {
  it('takes its values, and says which one it lacks', () => {
    assert.equal(fill('{used} of {total}', { used: 1, total: 3 }), '1 of 3');
    assert.equal(fill('{a}{a}', { a: '{b}' }), '{b}{b}');
    assert.throws(() => fill('{used} of {total}', { used: 1 }), /needs the value total/);
  });

  it('is looked for in the reader’s languages, each before its wider one, until English', () => {
    assert.deepEqual(languagesFrom(['de-AT', 'fr', 'en-GB', 'it']), ['de-AT', 'de', 'fr']);
    assert.deepEqual(languagesFrom(['en-US', 'de']), []);
    assert.deepEqual(languagesFrom([]), []);
  });
});

/** Names of keys, as browsers or keyboards give them, and halves of tools' names. */
const KEY_NAMES = /: (?:Space|Enter|Tab|Escape|Delete|Backspace|PageDown|PageUp|Arrow|Esc|Polygon|Freehand)$/;

function read(room: string, file: string): Texts {
  return JSON.parse(readFileSync(path.join(PAGES, room, 'locales', file), 'utf8')) as Texts;
}

function sourcesOf(room: string): Array<{ file: string; code: string }> {
  return readdirSync(path.join(PAGES, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file: path.join(room, file), code: readFileSync(path.join(PAGES, room, file), 'utf8') }));
}

/** The classes that style sheets know: a list of them is no sentence. */
function classesOf(folders: string[]): Set<string> {
  const sheets = folders
    .filter(existsSync)
    .flatMap((folder) => readdirSync(folder).map((file) => path.join(folder, file)));
  const names = sheets.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\.([a-z][\w-]*)/g)]);
  return new Set(names.map(([, name]) => name));
}

function withoutComments(code: string): string[] {
  return code
    .replaceAll(/\/\*.*?\*\//gs, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\/\/.*$/, ''));
}

function countedName(key: string): string {
  return key.replace(/\.(zero|one|two|few|many|other)$/, '');
}

function isKey(text: string, texts: Texts): boolean {
  return texts[text] !== undefined;
}

function valuesOf(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
}
