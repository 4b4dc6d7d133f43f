// Writes a model in a form that other programs read.
// `npx @segmenter/node-red-segmenter export MODEL --format bioimageio|czann|onnx|onnx-mask --to FILE`; MODEL is a name, name@v3 or a folder.
//   --models FOLDER    where the models are; default: segmenter/models in Node-RED's user folder
//   --author NAME      as often as there are any; --licence SPDX, such as CC-BY-4.0: what a package says of the model
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { modelHost } from './model-host.mjs';
import { stop } from './run.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...{ format: { type: 'string' }, to: { type: 'string' }, models: { type: 'string' } },
    ...{ author: { type: 'string', multiple: true }, licence: { type: 'string' } },
  },
});
const [model] = positionals;
const { format, to, author: authors, licence } = options;
if (!model || !format || !to) {
  stop(
    'export: expected MODEL --format bioimageio|czann|onnx|onnx-mask --to FILE, such as export nuclei --format czann --to nuclei.czann',
  );
}
const file = path.resolve(to);
const { host, load, close } = await modelHost(options.models, [
  /[\\/]/.test(model) ? path.resolve(model) : path.dirname(file),
]);
try {
  const { copyFileAtomic, existsError } = load('storage/atomic-file.js');
  if (existsSync(file)) throw existsError(file);
  const origin = { ...(authors ? { authors } : {}), ...(licence ? { licence } : {}) };
  const made = await host.run('export-model', { model, format, origin });
  try {
    await copyFileAtomic(made.path, file);
  } finally {
    rmSync(made.path, { force: true });
  }
  console.log(`${file}: ${made.bytes} bytes`);
  for (const note of made.notes) console.log(`note: ${note}`);
} catch (error) {
  await close();
  stop(`export: ${error.message}`);
}
await close();
