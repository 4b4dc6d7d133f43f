// Makes the images of the example flows. `npx @segmenter/node-red-segmenter sample-data FOLDER`; default: segmenter-samples
// in the home folder, where the flows look for them.
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { inRoot } from './paths.mjs';
import { ready } from './ready.mjs';

const folder = path.resolve(process.argv[2] ?? path.join(os.homedir(), 'segmenter-samples'));
await ready();
const { makeSampleData } = createRequire(import.meta.url)(inRoot('dist', 'src', 'simulation', 'make-sample-data.js'));
await makeSampleData(folder);
console.log(`sample data in ${folder}`);
