// Publishes the kept models of one version: node test/data/models/make.mjs VERSION, after a build. It makes no version
// anew that is there: what an earlier version wrote is what the test is about.
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { inRoot } from '../../../scripts/paths.mjs';

const need = createRequire(import.meta.url);
const { Random } = need(inRoot('dist/src/base/random.js'));
const { onnxOnCpu } = need(inRoot('dist/src/engines/onnx/cpu.js'));
const { publishModel } = need(inRoot('dist/src/models/publish.js'));
const { buildPredictor, initialParameters, momentCount } = need(inRoot('dist/src/network/index.js'));

const version = process.argv[2];
const PLANE = { dimensions: 2, inChannels: 1, filters: [2, 4, 8] };
/** of which no axis is halved as often as the others */
const STACK = {
  dimensions: 3,
  inChannels: 1,
  filters: [2, 4, 8],
  strides: [
    [1, 1, 1],
    [1, 2, 2],
    [2, 2, 1],
  ],
  kernels: [
    [1, 3, 3],
    [3, 3, 3],
    [3, 3, 3],
  ],
};

const engine = await onnxOnCpu.open({ threads: 1, precision: 'float32' });
for (const [kind, spec, size, divisor, norms] of [
  ['tile', PLANE, [16, 24], 4, 'tile'],
  ['training', PLANE, [16, 24], 4, 'training'],
  ['levels', STACK, [4, 8, 12], [2, 4, 2], 'training'],
]) {
  const target = inRoot('test/data/models', `${version}-${kind}`);
  if (existsSync(target)) {
    console.log(`${target} is there`);
    continue;
  }
  const { dimensions, inChannels: _, ...form } = spec;
  const shape = [2, 1, ...size];
  const random = new Random(14);
  const parameters = Float32Array.from(initialParameters(spec, 14), (p) => p + 0.1 * random.normal());
  const moments = Float32Array.from({ length: momentCount(spec) }, () => 0.5 + random.range(0, 1));
  const input = Float32Array.from({ length: 2 * 16 * 24 }, () => random.normal());
  const other = norms === 'training' ? { moments } : {};
  const axes = dimensions === 2 ? 'NCYX' : 'NCZYX';
  const [y, x] = size.slice(-2);
  const onnx = buildPredictor(spec, parameters, undefined, other);
  const card = {
    name: 'kept',
    architecture: { type: 'residual-unet', ...form, parameters: parameters.length },
    dimensions,
    channels: [{ index: 0, name: 'dna' }],
    pixelSize: { z: null, y: 0.5, x: 0.5 },
    input: { name: 'input', axes },
    output: { name: 'probability', axes },
    normalisation: { method: 'background-contrast' },
    patch: { z: dimensions === 2 ? null : size[0], y, x },
    divisor,
    norms,
    threshold: 0.5,
    selection: {},
    recipe: {},
    metrics: {},
    data: [],
  };
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-kept-'));
  const model = await publishModel(folder, { card, onnx, metricsCsv: '', weights: parameters, ...other });
  cpSync(model.folder, target, { recursive: true });
  rmSync(folder, { recursive: true });
  const session = await engine.createPrediction(onnx);
  writeFileSync(path.join(target, 'input.bin'), input);
  writeFileSync(path.join(target, 'expected.bin'), await session.predict(input, shape));
  await session.dispose();
}
