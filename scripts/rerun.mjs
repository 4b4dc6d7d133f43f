// Makes a saved result again from the record beside it, and compares the bytes.
// `npx @segmenter/node-red-segmenter rerun RESULT.provenance.json`; exit code 0 where they are the same, 1 where not.
//   --folder FOLDER   where the new file goes; default: a new folder in the system's temporary one
//   --models FOLDER   where the models are; default: where they were
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { inRoot } from './paths.mjs';
import { ready } from './ready.mjs';
import { stop } from './run.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { folder: { type: 'string' }, models: { type: 'string' } },
});
const [given] = positionals;
if (given === undefined) stop('rerun: expected the path of a record, such as cells_mask.ome.tiff.provenance.json');
await ready();
const load = (module) => createRequire(import.meta.url)(inRoot('dist', 'src', module));
const { createJobHost } = load('jobs/host/job-host.js');
const { foldersOf, rerun } = load('jobs/rerun.js');
const { readRecord } = load('provenance/record.js');
const { fileError } = load('storage/file-error.js');

const file = path.resolve(given);
const folder = options.folder ? path.resolve(options.folder) : mkdtempSync(path.join(os.tmpdir(), 'segmenter-rerun-'));
const scratchFolder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-rerun-scratch-'));
let host;
let failure = null;
try {
  const [images, models = images] = foldersOf(readRecord(readText(file), file));
  const modelsFolder = options.models ? path.resolve(options.models) : models;
  mkdirSync(folder, { recursive: true });
  host = createJobHost({
    roots: [path.dirname(file), images, modelsFolder, folder],
    modelsFolder,
    scratchFolder,
    scratchQuotaMB: 20_000,
  });
  const { path: made, isSame, record } = await rerun(file, folder, host);
  const verdict =
    isSame === null ? 'was made again; folders are not compared' : isSame ? 'is the same, byte for byte' : 'DIFFERS';
  console.log(`${record.image} of ${record.sample} ${verdict}: ${made}`);
  process.exitCode = isSame === false ? 1 : 0;
} catch (error) {
  failure = error;
}
await host?.shutdown();
rmSync(scratchFolder, { recursive: true, force: true });
if (failure) {
  if (!options.folder) rmSync(folder, { recursive: true, force: true });
  stop(`rerun: ${failure.message}`);
}

function readText(place) {
  try {
    return readFileSync(place, 'utf8');
  } catch (error) {
    throw fileError(error, 'read', place);
  }
}
