// Makes one file each of packages that weigh much on disk and are small in use, so that nobody installs them: package.json's
// `imports` leads to it. `npm run build`
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from './paths.mjs';

/** By the name after the `#` in an import. Readers of XML and images stay packages: a fix of those has to reach all who installed us. */
const PACKAGES = { typebox: '@sinclair/typebox', ajv: 'ajv', 'csv-parse': 'csv-parse/sync', yaml: 'yaml' };
const FOLDER = path.join('dist', 'bundled');
const LICENSES = path.join(FOLDER, 'LICENSES.txt');

/** Brings the bundles up to date with the packages that are installed, with the licences of all that is in them. */
export async function buildBundled() {
  const outputs = [...Object.keys(PACKAGES).map((name) => path.join(FOLDER, `${name}.js`)), LICENSES].map((file) =>
    inRoot(file),
  );
  const sources = [inRoot('package-lock.json'), inRoot('scripts', 'bundled.mjs')];
  if (outputs.every(existsSync) && newest(sources) <= Math.min(...outputs.map(modified))) return;
  mkdirSync(inRoot(FOLDER), { recursive: true });
  const { build: esbuild } = await import('esbuild');
  const folders = new Set();
  for (const [name, from] of Object.entries(PACKAGES)) {
    const { metafile } = await esbuild({
      stdin: { contents: `export * from '${from}'`, resolveDir: inRoot() },
      absWorkingDir: inRoot(),
      outfile: inRoot(FOLDER, `${name}.js`),
      bundle: true,
      minifyWhitespace: true,
      minifySyntax: true,
      legalComments: 'none',
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      metafile: true,
      logLevel: 'warning',
    });
    for (const file of Object.keys(metafile.inputs)) folders.add(packageFolder(file));
  }
  folders.delete(null);
  writeFileSync(inRoot(LICENSES), `${[...folders].sort().map(licenseOf).join('\n\n')}\n`);
}

/** The folder of the package that a file of node_modules is of; null: of none. */
function packageFolder(file) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? null;
}

function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(inRoot(folder, 'package.json'), 'utf8'));
  const file = ['LICENSE', 'license', 'LICENSE.md'].map((each) => inRoot(folder, each)).find(existsSync);
  if (!file) throw new Error(`${folder} has no file with its licence, expected LICENSE, license or LICENSE.md`);
  return `${name} ${version} (${license})\n\n${readFileSync(file, 'utf8').trim()}`;
}

function newest(files) {
  return Math.max(...files.map(modified));
}

function modified(file) {
  return statSync(file).mtimeMs;
}
