// Sets up, builds, lints and tests. `npm test`, or `npm test -- test/image test/nodes/train.test.ts` for a part
import { statSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { inRoot } from './paths.mjs';
import { runNode, stop } from './run.mjs';
import { setup } from './setup.mjs';

await setup();
console.log('test: build');
await build();
console.log('test: lint and format');
const lint = await runNode(inRoot('node_modules', '@biomejs', 'biome', 'bin', 'biome'), ['ci', '.']);
if (lint !== 0) stop('test: lint or format failed; `npm run format` mends what can be mended.');
console.log('test: mocha');
const chosen = process.argv.slice(2).map(compiledTests);
// A choice of devices that is left open would depend on the machine.
const env = { SEGMENTER_BACKENDS: process.env.SEGMENTER_BACKENDS ?? 'onnx/cpu' };
process.exit(await runNode(inRoot('scripts', 'run-tests.mjs'), chosen.length > 0 ? chosen : ['dist/test'], { env }));

/** The compiled tests of a folder or file of test/. */
function compiledTests(source) {
  const file = path.relative(inRoot(), path.resolve(source));
  if (!statSync(file, { throwIfNoEntry: false })) stop(`test: ${source} does not exist`);
  return path.join('dist', file).replace(/\.ts$/, '.js');
}
