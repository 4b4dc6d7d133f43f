import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The compiled test lies in dist/test, two folders below the project's. */
const ROOT = path.resolve(__dirname, '../..');

/** Rooms, lowest floor first. A file imports from its own room and from the floors below it. */
const FLOORS: string[][] = [
  ['src/base'],
  ['src/image', 'src/events'],
  ['src/storage'],
  ['src/formats', 'src/masks', 'src/thresholding', 'src/metrics', 'src/graph'],
  ['src/samples', 'src/simulation', 'src/trust', 'src/objects'],
  ['src/network', 'src/patches', 'src/curation', 'src/views', 'src/results', 'src/acquisition', 'src/stage'],
  ['src/engines', 'src/models'],
  ['src/training', 'src/inference', 'src/provenance'],
  ['src/reports', 'src/exchange'],
  ['src/jobs'],
  ['nodes', 'pages'],
];
const LONGEST_FILE = 400;
const CODE_FOLDERS = ['src', 'nodes', 'pages', 'test', 'bench', 'scripts', '.ci', 'examples'];

/** What waits for a disk, and has a form with a time limit in storage/outside-files. */
const READING = ['readFile', 'readFileSync', 'createReadStream', 'opendir', 'glob', 'realpath', 'openSync', 'statSync'];

interface Import {
  from: string;
  to: string;
}

describe('the floors of the house', () => {
  const sources = filesBelow(['src', 'nodes', 'pages'], ['.ts']);
  const imports = sources.flatMap(importsOf);

  it('every file lies in a room', () => {
    const homeless = sources.filter((file) => !roomOf(file));
    assert.deepEqual(homeless, []);
    assert.ok(imports.length > 100, `only ${imports.length} imports were found`);
  });

  it('no file imports from its own floor’s other rooms or from a floor above', () => {
    const wrong = imports.filter(({ from, to }) => to.startsWith('.') && !isAllowed(from, target(from, to)));
    assert.deepEqual(wrong.map(describeImport), []);
  });

  it('there is no circle', () => {
    const graph = new Map<string, string[]>();
    for (const { from, to } of imports) {
      if (to.startsWith('.')) graph.set(from, [...(graph.get(from) ?? []), target(from, to)]);
    }
    assert.deepEqual(circles(graph), []);
  });

  it('the library knows nothing of Node-RED', () => {
    const wrong = imports.filter(({ from, to }) => from.startsWith('src/') && /^(@node-red\/|node-red)/.test(to));
    assert.deepEqual(wrong.map(describeImport), []);
  });

  it('what reads files of others does so with a time limit, and opens no pipes', () => {
    const readers = sources.filter((file) => /^src\/(formats|samples|models|inference)\//.test(file));
    const pattern = /import \{([^}]*)\} from 'node:fs(?:\/promises)?'/g;
    const wrong = readers.flatMap((file) =>
      [...read(file).matchAll(pattern)].flatMap(([, names]) =>
        names
          .split(',')
          .map((name) => name.trim())
          .filter((name) => READING.includes(name))
          .map((name) => `${file}: ${name}`),
      ),
    );
    assert.deepEqual(wrong, []);
  });

  it('native engines are loaded in one place each, where they are kept from calling home', () => {
    const loaders: Record<string, string[]> = {
      'onnxruntime-node': ['src/engines/onnx/session.ts'],
      '@tensorflow/tfjs-node': [],
      '@tensorflow/tfjs-node-gpu': [],
    };
    for (const [name, expected] of Object.entries(loaders)) {
      const files = filesBelow(CODE_FOLDERS, ['.ts', '.mjs', '.cjs']).filter((file) => loadsWhenRun(file, name));
      assert.deepEqual(files, expected, name);
    }
  });

  it('what a page does not draw with knows no document, and nothing of it needs Node.js', () => {
    const wrong = imports.filter(({ from, to }) => from.startsWith('pages/') && to.startsWith('node:'));
    const upwards = imports.filter(({ from, to }) => /^pages\/[^/]+\/logic\//.test(from) && to.includes('/ui/'));
    assert.deepEqual([...wrong, ...upwards].map(describeImport), []);
  });

  it('pages know what they share, what they share knows no page, and no page another', () => {
    const wrong = imports.filter(({ from, to }) => {
      if (!from.startsWith('pages/') || !to.startsWith('.')) return false;
      const [here, there] = [pageOf(from), pageOf(target(from, to))];
      return there !== null && there !== here && there !== 'shared';
    });
    assert.deepEqual(wrong.map(describeImport), []);
    assert.ok(imports.some(({ from, to }) => pageOf(from) === 'curate' && pageOf(target(from, to)) === 'shared'));
  });

  it('what is shipped imports no package that only development needs', () => {
    const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
      optionalDependencies: Record<string, string>;
      peerDependencies: Record<string, string>;
      imports: Record<string, string>;
      files: string[];
    };
    const { dependencies, optionalDependencies, peerDependencies, imports: bundled, files } = manifest;
    const shipped = new Set(Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }));
    // What a page draws with is in its bundle.
    const installed = imports.filter(({ from }) => !/^pages\/[^/]+\/ui\//.test(from));
    const wrong = installed.filter(
      ({ to }) => !/^(\.|node:|node-red$)/.test(to) && !shipped.has(packageOf(to)) && !Object.hasOwn(bundled, to),
    );
    assert.deepEqual(wrong.map(describeImport), []);
    for (const [name, file] of Object.entries(bundled)) {
      assert.ok(files.includes(path.posix.relative('.', path.posix.dirname(file))), `${name}: ${file} is not shipped`);
      assert.ok(existsSync(path.join(ROOT, file)), `${name}: there is no ${file}`);
    }
  });
});

describe('the files', () => {
  it(`have at most ${LONGEST_FILE} lines`, () => {
    const files = filesBelow(CODE_FOLDERS, ['.ts', '.mjs', '.cjs', '.html', '.css']);
    const long = files.filter((file) => read(file).split('\n').length - 1 > LONGEST_FILE);
    assert.deepEqual(long, []);
  });
});

describe('the colours of the pages', () => {
  const sheets = filesBelow(['pages'], ['.css']);
  const places = sheets.flatMap((file) =>
    [...read(file).matchAll(/#[0-9a-f]{3,8}\b|\b(?:rgb|hsl)a?\(/gi)].map(() => file),
  );

  it('are named once, in the tokens of a page or of all', () => {
    assert.ok(places.length > 20, `only ${places.length} colours were found`);
    assert.deepEqual(
      [...new Set(places)].filter((file) => path.posix.basename(file) !== 'tokens.css'),
      [],
    );
  });

  it('stand once for each shade', () => {
    for (const file of sheets.filter((sheet) => path.posix.basename(sheet) === 'tokens.css')) {
      for (const [, block] of read(file).matchAll(/\{([^}]*)\}/g)) {
        const names = [...block.matchAll(/(--[a-z0-9-]+):/g)].map(([, name]) => name);
        assert.deepEqual(names, [...new Set(names)], file);
      }
      const shades = [...read(file).matchAll(/^(.*) \{/gm)].map(([, selector]) => selector);
      assert.deepEqual(shades, [...new Set(shades)], file);
    }
  });
});

/** Paths from the project's folder, with forward slashes. */
function filesBelow(folders: string[], extensions: string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => extensions.includes(path.extname(file)))
      .map((file) => path.posix.join(folder, file.split(path.sep).join('/'))),
  );
}

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

/** Whether a file loads a package when it runs: an import of types alone does not, nor does `require.resolve`. */
function loadsWhenRun(file: string, name: string): boolean {
  const code = read(file).replaceAll(/import type [^;]*;|typeof import\([^)]*\)/g, '');
  return [`from '${name}'`, `import '${name}'`, `import('${name}')`, `require('${name}')`].some((form) =>
    code.includes(form),
  );
}

/** All forms of import: `import ... from`, `export ... from`, `import('...')`, `require('...')`. */
function importsOf(file: string): Import[] {
  const pattern = /(?:\bfrom\s+|\bimport\s+|\bimport\(\s*|\brequire\(\s*)'([^'\n]+)'/g;
  return [...read(file).matchAll(pattern)].map(([, to]) => ({ from: file, to }));
}

/** The file, without its extension, that a relative import leads to. */
function target(from: string, to: string): string {
  return path.posix.join(path.posix.dirname(from), to);
}

function roomOf(file: string): string | undefined {
  return FLOORS.flat().find((room) => file === room || file.startsWith(`${room}/`));
}

/** The page that a file is of, or what pages share; null elsewhere. */
function pageOf(file: string): string | null {
  return /^pages\/([^/]+)\//.exec(file)?.[1] ?? null;
}

function floorOf(room: string): number {
  return FLOORS.findIndex((rooms) => rooms.includes(room));
}

function isAllowed(from: string, to: string): boolean {
  const [here, there] = [roomOf(from), roomOf(to)];
  if (!here || !there) return false;
  return here === there || floorOf(there) < floorOf(here);
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function describeImport({ from, to }: Import): string {
  return `${from} imports ${to}`;
}

/** Each circle of imports once, as the files along it. */
function circles(graph: Map<string, string[]>): string[] {
  const found: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (file: string, trail: string[]): void => {
    state.set(file, 'open');
    for (const next of graph.get(file) ?? []) {
      const name = graph.has(`${next}.ts`) ? `${next}.ts` : `${next}/index.ts`;
      if (state.get(name) === 'open') found.push([...trail.slice(trail.indexOf(name)), file, name].join(' -> '));
      else if (!state.has(name)) visit(name, [...trail, file]);
    }
    state.set(file, 'done');
  };
  for (const file of graph.keys()) if (!state.has(file)) visit(file, []);
  return found;
}
