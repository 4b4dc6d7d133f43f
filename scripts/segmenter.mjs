#!/usr/bin/env node
// The package's one command: `npx @segmenter/node-red-segmenter COMMAND ...`; each is a script beside this one.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { inRoot } from './paths.mjs';

const COMMANDS = {
  export: ['export.mjs', 'writes a model for bioimage.io, ZEN and arivis, or as plain ONNX'],
  import: ['import.mjs', 'takes a model of bioimage.io, or any ONNX file'],
  doctor: ['doctor.mjs', 'tries every engine and device of this machine'],
  rerun: ['rerun.mjs', 'makes a saved result again from its record, and compares'],
  worker: ['worker.mjs', 'does the predictions and trainings of other machines, from a queue'],
  'sample-data': ['sample-data.mjs', 'makes the images of the example flows in a folder'],
};

const [name, ...rest] = process.argv.slice(2);
if (!Object.hasOwn(COMMANDS, name ?? '')) {
  console.error(name === undefined ? 'Commands:' : `There is no command ${name}. Commands:`);
  for (const [command, [, about]] of Object.entries(COMMANDS)) console.error(`  ${command.padEnd(12)}${about}`);
  process.exit(1);
}
const script = inRoot('scripts', COMMANDS[name][0]);
process.argv = [process.argv[0], path.resolve(script), ...rest];
await import(pathToFileURL(script).href);
