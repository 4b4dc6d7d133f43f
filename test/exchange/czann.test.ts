import assert from 'node:assert/strict';
import { exportModel } from '../../src/exchange/export-model';
import { readOnnx } from '../../src/graph/onnx/read-model';
import type { ModelCard } from '../../src/models/card';
import type { NetworkSpec } from '../../src/network';
import { readZip } from '../../src/storage/zip/read-zip';
import { differing, medianOf, predicted, runAlone, testEngine, testImage, testModel } from './support';

const PLANE: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [4, 8, 16] };

/** The properties that ZEISS's specification 1.1.0 knows, and those of a model that czmodel wrote. */
const KNOWN = 'Id,Type,InputShape,OutputShape,MinOverlap,Classes,ModelName,Scaling'.split(',');

async function unpacked(card: ModelCard, onnx: Uint8Array) {
  const { bytes, notes } = await exportModel({ card, network: 'model.onnx' }, onnx, 'czann', {
    ...{ engine: testEngine, origin: {} },
  });
  const files = readZip(bytes, 'czann', { files: 5, bytes: 2 ** 26 });
  const read = (file: string) => files.get(file)?.read() ?? assert.fail(`${file} is missing`);
  const about = JSON.parse(Buffer.from(read('model.json')).toString()) as Record<string, unknown>;
  return { names: [...files.keys()], about, network: read('model.model'), notes };
}

describe('a model for ZEN and arivis', () => {
  it('is laid out as one of czmodel', async () => {
    const { card, onnx } = testModel(PLANE, [30, 32]);
    const { names, about, network } = await unpacked(card, onnx);
    assert.deepEqual(names, ['model.json', 'model.model']);
    assert.deepEqual(Object.keys(about), KNOWN);
    const { Id, ...rest } = about;
    assert.match(String(Id), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual(rest, {
      Type: 'SingleClassSemanticSegmentation',
      InputShape: [32, 32, 1],
      OutputShape: [32, 32, 2],
      MinOverlap: [8, 8],
      Classes: ['Background', 'Foreground'],
      ModelName: 'nuclei v1',
      Scaling: [5e-7, 5e-7],
    });
    const { opsets, inputs, outputs } = readOnnx(network, 'model.model');
    assert.deepEqual([...opsets], [['', 12]]);
    assert.deepEqual(
      [inputs[0].shape, outputs[0].shape],
      [
        [1, 32, 32, 1],
        [1, 32, 32, 2],
      ],
    );
  });

  const cases: Array<[string, NetworkSpec, number[], Partial<ModelCard>]> = [
    ['2D', PLANE, [64, 64], {}],
    ['two channels', { ...PLANE, inChannels: 2 }, [64, 64], {}],
    ['3D', { ...PLANE, dimensions: 3 }, [8, 32, 32], {}],
    ['objects, of which the foreground goes out', { ...PLANE, outChannels: 3 }, [64, 64], {}],
  ];
  for (const [name, spec, patch, changes] of cases) {
    it(`makes, of pixels from 0 to 1, the mask that predict makes: ${name}`, async () => {
      const model = testModel(spec, patch, changes);
      const { about, network } = await unpacked(model.card, model.onnx);
      const [z, y, x] = patch.length === 3 ? patch : [1, ...patch];
      const reader = testImage(spec.inChannels, [z, y, x]);
      const pixels = z * y * x;
      const map = (await predicted(model, reader)).subarray(0, pixels);
      const shape = [1, ...(about.InputShape as number[])];
      const channels = spec.inChannels;
      const last = Float32Array.from({ length: reader.data.length }, (_, i) => {
        return reader.data[(i % channels) * pixels + Math.floor(i / channels)] / 65535;
      });
      const { data, dims } = await runAlone(network, last, shape);
      assert.deepEqual(dims, [1, ...patch, 2]);
      const foreground = Float32Array.from(map, (_, i) => data[2 * i + 1]);
      assert.ok(differing(foreground, map, medianOf(map)) <= 1e-4);
      map.forEach((_, i) => {
        assert.ok(Math.abs(data[2 * i] + data[2 * i + 1] - 1) < 1e-6);
      });
    });
  }

  it('has large tiles where the network takes them alike, and is refused where pixels must be as they are stored', async () => {
    const large = testModel(PLANE, [64, 64], { norms: 'training' });
    assert.deepEqual((await unpacked(large.card, large.onnx)).about.InputShape, [1024, 1024, 1]);
    const { card, onnx } = testModel(PLANE, [32, 32], { normalisation: { method: 'none' } });
    await assert.rejects(unpacked(card, onnx), { code: 'unsupported', message: /ZEN hands over values from 0 to 1/ });
  });
});
