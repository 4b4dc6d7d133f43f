// Takes a model from elsewhere: a package of bioimage.io (ZIP file or folder), or any ONNX file.
// `npx @segmenter/node-red-segmenter import FILE --name NAME`; of an ONNX file also
//   --axes bcyx               letters of its input's axes (b, c, z, y, x); --output-axes of its output's, where they are others
//   --normalisation "zscore"  none, background-contrast, zscore, "zscore LOW HIGH", "range LOW HIGH", "divide BY", "fixed MEAN STD"
//   --activation sigmoid      what makes probabilities of its output: none, sigmoid, softmax
//   --tile 256x256 --step 32x32   of networks that take several sizes
// and of either
//   --channels "dna, actin"   names of the input's channels
//   --output NAME             the channel of the output that is the structure, by name or number
//   --threshold 0.5 --pixel-size 0.2x0.2 --models FOLDER
import path from 'node:path';
import { parseArgs } from 'node:util';
import { modelHost } from './model-host.mjs';
import { stop } from './run.mjs';

const FIELDS = {
  ...{ name: 'name', axes: 'axes', 'output-axes': 'outputAxes', channels: 'channels', normalisation: 'normalisation' },
  ...{ activation: 'activation', output: 'output', threshold: 'threshold', tile: 'tile', step: 'step' },
  'pixel-size': 'pixelSize',
};
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: Object.fromEntries([...Object.keys(FIELDS), 'models'].map((name) => [name, { type: 'string' }])),
});
const [given] = positionals;
if (!given || !options.name) {
  stop('import: expected FILE --name NAME, such as import nuclei.zip --name nuclei');
}
const file = path.resolve(given);
const { host, load, close } = await modelHost(options.models, [path.dirname(file)]);
try {
  const { readTyped } = load('exchange/import-settings.js');
  const typed = Object.fromEntries(Object.entries(FIELDS).map(([option, field]) => [field, options[option]]));
  const { model, warnings, tested } = await host.run('import-model', { file, settings: readTyped(typed) });
  console.log(`${model.name}@${model.version}: ${model.uri}`);
  if (tested) console.log(`its test: ${tested.values} values, the largest difference ${tested.difference}`);
  for (const warning of warnings) console.log(`note: ${warning}`);
} catch (error) {
  await close();
  stop(`import: ${error.message}`);
}
await close();
