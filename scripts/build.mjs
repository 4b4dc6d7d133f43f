// Compiles to dist/ and copies what the nodes need beside their code. `npm run build`
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { inRoot } from './paths.mjs';
import { runNode, stop } from './run.mjs';
import { setup } from './setup.mjs';

const COMPILED_FOLDERS = ['src', 'nodes', 'test', 'bench'];
const COMPILER_RECORD = inRoot('dist', '.tsbuildinfo');

/** Brings dist/ up to date; what has not changed is not touched. */
export async function build() {
  const sources = COMPILED_FOLDERS.flatMap((folder) => filesBelow(folder));
  const wanted = new Set(sources.flatMap(outputsOf));
  const present = COMPILED_FOLDERS.flatMap((folder) => filesBelow(path.join('dist', folder)));
  for (const file of present) if (!wanted.has(file)) rmSync(inRoot(file));
  // The compiler believes its record: an output that someone removed would stay away.
  if ([...wanted].some((file) => file.endsWith('.js') && !existsSync(inRoot(file))))
    rmSync(COMPILER_RECORD, { force: true });
  const code = await runNode(inRoot('node_modules', 'typescript', 'bin', 'tsc'), ['-p', '.']);
  if (code !== 0) stop('build: the code does not compile; see the messages above.');
  for (const file of sources.filter(isAsset)) copyIfNewer(inRoot(file), inRoot('dist', file));
}

/** Paths from the project's folder of all files below a folder of it. */
function filesBelow(folder) {
  if (!existsSync(inRoot(folder))) return [];
  const entries = readdirSync(inRoot(folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(inRoot(), path.join(entry.parentPath, entry.name)));
}

/** A node's editor page, catalogues and icon; everything else that is not TypeScript stays where it is. */
function isAsset(file) {
  return file.startsWith('nodes') && !file.endsWith('.ts');
}

function outputsOf(file) {
  if (isAsset(file)) return [path.join('dist', file)];
  if (!file.endsWith('.ts') || file.endsWith('.d.ts')) return [];
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
