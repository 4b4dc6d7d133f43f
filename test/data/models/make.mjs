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
const spec = { dimensions: 2, inChannels: 1, filters: [2, 4, 8] };
const shape = [2, 1, 16, 24];
const random = new Random(14);
const parameters = Float32Array.from(initialParameters(spec, 14), (p) => p + 0.1 * random.normal());
const moments = Float32Array.from({ length: momentCount(spec) }, () => 0.5 + random.range(0, 1));
const input = Float32Array.from({ length: 2 * 16 * 24 }, () => random.normal());

const engine = await onnxOnCpu.open({ threads: 1, precision: 'float32' });
for (const [norms, other] of [
  ['tile', {}],
  ['training', { moments }],
]) {
  const target = inRoot('test/data/models', `${version}-${norms}`);
  if (existsSync(target)) throw new Error(`${target} is there`);
  const onnx = buildPredictor(spec, parameters, undefined, other);
  const card = {
    name: 'kept',
    architecture: { type: 'residual-unet', filters: spec.filters, parameters: parameters.length },
    dimensions: 2,
    channels: [{ index: 0, name: 'dna' }],
    pixelSize: { z: null, y: 0.5, x: 0.5 },
    input: { name: 'input', axes: 'NCYX' },
    output: { name: 'probability', axes: 'NCYX' },
    normalisation: { method: 'background-contrast' },
    patch: { z: null, y: 16, x: 24 },
    divisor: 4,
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
