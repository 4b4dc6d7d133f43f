// Compiles to dist/ and copies what the nodes need beside their code. `npm run build`
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildBundled } from './bundled.mjs';
import { buildEditorPages, editorPageFiles } from './editor-pages.mjs';
import { inRoot } from './paths.mjs';
import { runNode, stop } from './run.mjs';
import { setup } from './setup.mjs';

const COMPILED_FOLDERS = ['src', 'nodes', 'pages', 'test', 'bench'];
/** What pages share: in each one's bundle, no page itself. */
const SHARED = 'shared';
const PAGE_FILES = ['index.html', 'page.css', 'page.js'];
const COMPILER_RECORD = inRoot('dist', '.tsbuildinfo');

/** Brings dist/ up to date; what has not changed is not touched. */
export async function build() {
  await buildBundled();
  const pages = pageNames();
  const sources = COMPILED_FOLDERS.flatMap((folder) => filesBelow(folder));
  const wanted = new Set([...sources.flatMap(outputsOf), ...pages.flatMap(pageOutputs), ...editorPageFiles()]);
  const present = COMPILED_FOLDERS.flatMap((folder) => filesBelow(path.join('dist', folder)));
  for (const file of present) if (!wanted.has(file)) rmSync(inRoot(file));
  // The compiler believes its record: an output that someone removed would stay away.
  if (sources.flatMap(outputsOf).some((file) => file.endsWith('.js') && !existsSync(inRoot(file))))
    rmSync(COMPILER_RECORD, { force: true });
  for (const project of ['.', 'pages']) {
    const code = await runNode(inRoot('node_modules', 'typescript', 'bin', 'tsc'), ['-p', project]);
    if (code !== 0) stop('build: the code does not compile; see the messages above.');
  }
  for (const file of sources.filter(isAsset)) copyIfNewer(inRoot(file), inRoot('dist', file));
  for (const page of pages) await bundle(page);
  await buildEditorPages(
    [...sources.filter(isPartOfEditor), path.join('scripts', 'editor-pages.mjs')].map((file) => inRoot(file)),
  );
}

/** One script and one style sheet, small and without source files: a page asks its server for nothing else. */
async function bundle(page) {
  const from = (...names) => inRoot('pages', page, ...names);
  const outputs = pageOutputs(page).map((file) => inRoot(file));
  const folders = [path.join('pages', page), path.join('pages', SHARED), 'src'];
  const sources = folders.flatMap(filesBelow).map((file) => inRoot(file));
  if (outputs.every(existsSync) && newest(sources) <= Math.min(...outputs.map(modified))) return;
  const { build: esbuild } = await import('esbuild');
  await esbuild({
    entryPoints: { page: from('ui', 'main.ts'), 'page-style': from('page.css') },
    outdir: inRoot('dist', 'pages', page),
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: ['chrome111', 'firefox115', 'safari16.4'],
    logLevel: 'warning',
    tsconfig: inRoot('pages', 'tsconfig.json'),
  });
  renameSync(inRoot('dist', 'pages', page, 'page-style.css'), inRoot('dist', 'pages', page, 'page.css'));
  copyFileSync(from('index.html'), inRoot('dist', 'pages', page, 'index.html'));
}

/** Pages that Node-RED serves: a folder each, bundled. */
function pageNames() {
  return readdirSync(inRoot('pages'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== SHARED)
    .map(({ name }) => name);
}

function pageOutputs(page) {
  return PAGE_FILES.map((file) => path.join('dist', 'pages', page, file));
}

function newest(files) {
  return Math.max(...files.map(modified));
}

function modified(file) {
  return statSync(file).mtimeMs;
}

/** Paths from the project's folder of all files below a folder of it. */
function filesBelow(folder) {
  if (!existsSync(inRoot(folder))) return [];
  const entries = readdirSync(inRoot(folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(inRoot(), path.join(entry.parentPath, entry.name)));
}

/** What the nodes' pages in the editor may be made of. */
function isPartOfEditor(file) {
  return file.startsWith('nodes') || file.startsWith('src');
}

/** Catalogues of nodes and pages, and a node's icon; everything else that is not TypeScript stays where it is. */
function isAsset(file) {
  if (file.endsWith('.ts')) return false;
  return file.startsWith('nodes') || (file.startsWith('pages') && file.split(path.sep)[2] === 'locales');
}

function outputsOf(file) {
  if (isAsset(file)) return [path.join('dist', file)];
  if (!file.endsWith('.ts') || file.endsWith('.d.ts')) return [];
  // What touches the page's document is only bundled; what does not is compiled too, for the tests.
  if (file.startsWith('pages') && file.split(path.sep)[2] !== 'logic') return [];
  if (file.startsWith('nodes') && ['tab', 'canvas'].includes(file.split(path.sep)[2])) return [];
  const compiled = path.join('dist', file.replace(/ts$/, 'js'));
  return [compiled, `${compiled}.map`];
}

function copyIfNewer(from, to) {
  if (existsSync(to) && statSync(to).mtimeMs >= statSync(from).mtimeMs) return;
  mkdirSync(path.dirname(to), { recursive: true });
  copyFileSync(from, to);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await setup();
  await build();
}
