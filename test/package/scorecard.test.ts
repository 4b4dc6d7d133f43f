import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { EXAMPLES, readExample } from '../flows/support/examples';

const ROOT = path.resolve(__dirname, '../../..');
const read = (name: string) => readFileSync(path.join(ROOT, name), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  name: string;
  version: string;
  license: string;
  description: string;
  keywords: string[];
  engines: { node: string };
  files: string[];
  dependencies: Record<string, string>;
  'node-red': { version: string; nodes: Record<string, string>; plugins: Record<string, string> };
};
const { nodes, plugins } = manifest['node-red'];

/** The scorecard's own limit; beyond it a package has to say why. */
const FEW = 6;
/** Packages that break others in Node-RED's process: `agent-base` before version 6 replaces parts of Node.js. */
const INCOMPATIBLE = ['agent-base'];

/** By the rules of node-red-dev, which the flow library runs; their letters in brackets. */
describe('the scorecard of the flow library', () => {
  it('licence and README are there, and the description says what it does (P01)', () => {
    assert.equal(manifest.license, 'MIT');
    assert.match(read('LICENSE'), /^MIT License/);
    assert.ok(manifest.description.length > 40);
    assert.ok(read('README.md').length > 1000);
  });

  it('the name is scoped, and the keyword is there by which the library finds it (P04, P05, P08)', () => {
    assert.match(manifest.name, /^@[a-z-]+\/node-red-[a-z-]+$/);
    assert.ok(manifest.keywords.includes('node-red'));
    assert.match(manifest.version, /^\d+\.\d+\.\d+$/);
  });

  it('the oldest Node-RED and Node.js are named, which the library compares with its own (P06, P07)', () => {
    assert.equal(manifest['node-red'].version, '>=4.1.0');
    assert.equal(manifest.engines.node, '>=20.19');
  });

  it('where the source lies and errors are told is said when it is published, and not before anybody knows (P02, P03)', () => {
    for (const field of ['repository', 'bugs', 'homepage']) assert.ok(!(field in manifest), `${field} in package.json`);
    assert.match(read('CONTRIBUTING.md'), /scripts\/release\.mjs/);
  });

  it('names of nodes have a prefix that nobody else has, and each lies where it is said (N01)', () => {
    for (const [name, file] of Object.entries({ ...nodes, ...plugins })) {
      assert.match(name, /^segmenter-[a-z-]+$/);
      assert.ok(existsSync(path.join(ROOT, file)), file);
    }
  });

  it('every node is in an example flow (N02)', () => {
    const used = new Set(EXAMPLES.flatMap(readExample).map(({ type }) => type));
    assert.deepEqual(
      Object.keys(nodes).filter((name) => !used.has(name)),
      [],
    );
  });

  it('there are few dependencies, or each has its reason written down; none is known to break others (D01, D02)', () => {
    const names = Object.keys(manifest.dependencies);
    const reasons = read('docs/dependencies.md');
    const unexplained = names.filter((name) => !reasons.includes(name.replace(/^@[^/]+\//, '')));
    if (names.length > FEW) assert.deepEqual(unexplained, []);
    assert.deepEqual(
      INCOMPATIBLE.filter((name) => names.includes(name)),
      [],
    );
  });

  it('versions of dependencies are pinned or follow fixes, none is a file or an address (D03)', () => {
    for (const [name, range] of Object.entries(manifest.dependencies)) assert.match(range, /^\^?\d+\.\d+\.\d+$/, name);
  });

  it('what is published has no maps of sources that are not in it, and no tests', () => {
    assert.ok(manifest.files.includes('!dist/**/*.map'));
    assert.ok(
      !manifest.files.some((each) => /^(dist\/)?(test|bench|src)\b/.test(each) && !each.startsWith('dist/src')),
    );
    for (const each of manifest.files.filter((file) => !file.includes('*')))
      assert.ok(existsSync(path.join(ROOT, each)), each);
  });
});
