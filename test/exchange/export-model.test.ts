import assert from 'node:assert/strict';
import type { ExportFormat } from '../../src/exchange/export-formats';
import { exportModel } from '../../src/exchange/export-model';
import { NodeList } from '../../src/exchange/onnx/node-list';
import { encodeModel } from '../../src/graph/onnx/model';
import { readOnnx } from '../../src/graph/onnx/read-model';
import type { NormalisationRule } from '../../src/image/normalisation';
import type { ModelCard } from '../../src/models/card';
import type { NetworkSpec } from '../../src/network';
import { differing, medianOf, predicted, runAlone, testEngine, testImage, testModel } from './support';

const PLANE: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [4, 8, 16] };
/** of which no axis is halved as often as the others */
const STACK: NetworkSpec = {
  dimensions: 3,
  inChannels: 1,
  filters: [4, 8, 16],
  strides: [
    [1, 1, 1],
    [1, 2, 2],
    [2, 2, 2],
  ],
  kernels: [
    [1, 3, 3],
    [3, 3, 3],
    [3, 3, 3],
  ],
};
/** Pixels on the other side of the threshold, at most. */
const MOST = 1e-4;

interface Case {
  name: string;
  spec: NetworkSpec;
  patch: number[];
  size: [number, number, number];
  changes?: Partial<ModelCard>;
}
const rule = (normalisation: NormalisationRule) => ({ normalisation });

const CASES: Case[] = [
  { name: '2D', spec: PLANE, patch: [64, 64], size: [1, 96, 80] },
  {
    name: '2D, norms of the training',
    spec: PLANE,
    patch: [64, 64],
    size: [1, 96, 80],
    changes: { norms: 'training' },
  },
  {
    ...{ name: '2D, percentiles, mirrored', spec: PLANE, patch: [64, 64], size: [1, 96, 80] },
    changes: { ...rule({ method: 'percentile-zscore', low: 0.5, high: 99.5 }), mirror: true },
  },
  { name: 'several channels', spec: { ...PLANE, inChannels: 3 }, patch: [64, 64], size: [1, 64, 72] },
  { name: '3D with strides of each axis', spec: STACK, patch: [8, 32, 32], size: [10, 40, 36] },
  { name: 'objects', spec: { ...PLANE, outChannels: 3 }, patch: [64, 64], size: [1, 96, 80] },
  {
    ...{ name: 'fixed numbers', spec: { ...PLANE, inChannels: 2 }, patch: [64, 64], size: [1, 64, 72] },
    changes: rule({ method: 'fixed', mean: [400, 500], std: [300, 250] }),
  },
];

describe('a model written as ONNX', () => {
  for (const { name, spec, patch, size, changes } of CASES) {
    it(`makes the mask that predict makes: ${name}`, async () => {
      const model = testModel(spec, patch, changes);
      const reader = testImage(spec.inChannels, size);
      const map = await predicted(model, reader);
      const pixels = size[0] * size[1] * size[2];
      const threshold = medianOf(map.subarray(0, pixels));
      const card = { ...model.card, threshold };
      const shape = [1, spec.inChannels, ...size.slice(3 - spec.dimensions)];

      const whole = await runAlone(await exported('onnx', card, model.onnx), Float32Array.from(reader.data), shape);
      assert.deepEqual(whole.dims, [1, map.length / pixels, ...shape.slice(2)]);
      assert.deepEqual(whole.inputs, ['image']);
      assert.ok(differing(whole.data, map, threshold) <= MOST);

      const mask = await runAlone(await exported('onnx-mask', card, model.onnx), Float32Array.from(reader.data), shape);
      assert.deepEqual(mask.dims, [1, 1, ...shape.slice(2)]);
      const foreground = map.subarray(0, pixels);
      assert.ok(
        differing(
          mask.data,
          Float32Array.from(foreground, (p) => (p > threshold ? 1 : 0)),
          0.5,
        ) <= MOST,
      );
    });
  }

  it('of a network of later operators keeps their version', async () => {
    const { card } = testModel(PLANE, [32, 32]);
    const list = new NodeList('n.');
    list.named('y', list.op('LayerNormalization', ['x', list.floats([1])]));
    const end = (name: string) => ({ name, shape: ['n', 1, 'h', 'w'] });
    const later = encodeModel({
      name: 'n',
      nodes: list.nodes,
      constants: list.constants,
      inputs: [end('x')],
      outputs: [end('y')],
    });
    const { opsets } = readOnnx(await exported('onnx', card, later), 'test');
    assert.deepEqual([...opsets], [['', 17]]);
    await assert.rejects(written('czann', card, later), { code: 'unsupported', message: /version 17, ZEN takes 12/ });
  });

  it('needs version 12 of ONNX and nothing but its own operators', async () => {
    const { card, onnx } = testModel(STACK, [8, 32, 32]);
    const { opsets, inputs } = readOnnx(await exported('onnx', card, onnx), 'test');
    assert.deepEqual([...opsets], [['', 12]]);
    assert.deepEqual(inputs, [{ name: 'image', type: 1, shape: ['n', 1, 'z', 'y', 'x'] }]);
  });

  it('says where its normalisation is measured, and what a mask leaves out', async () => {
    const { card, onnx } = testModel({ ...PLANE, outChannels: 3 }, [32, 32]);
    const { notes } = await written('onnx-mask', card, onnx);
    assert.match(notes.join(), /inside the network.*touch are one/);
  });
});

async function written(format: ExportFormat, card: ModelCard, onnx: Uint8Array) {
  return exportModel({ card, network: 'model.onnx' }, onnx, format, { engine: testEngine, origin: {} });
}

async function exported(format: ExportFormat, card: ModelCard, onnx: Uint8Array): Promise<Uint8Array> {
  return (await written(format, card, onnx)).bytes;
}
