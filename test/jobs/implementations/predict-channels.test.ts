import assert from 'node:assert/strict';
import { Random } from '../../../src/base/random';
import type { ImageDescription } from '../../../src/image/description';
import { predictJob } from '../../../src/jobs/implementations/predict';
import type { ComputeSettings } from '../../../src/jobs/job-types';
import { publishModel } from '../../../src/models/publish';
import { buildPredictor, divisor, initialParameters, type NetworkSpec } from '../../../src/network';
import { cardFields } from '../../models/support';
import { pixelsOf, Workbench } from './workbench';

const COMPUTE: ComputeSettings = {
  ...{ engine: 'auto', device: 'cpu', threads: 1, precision: 'float32', memoryMB: 0, queue: 1 },
};
const SPEC: NetworkSpec = { dimensions: 2, inChannels: 2, filters: [4, 8] };
const PLANE = 16 * 16;

describe('channels in prediction', () => {
  let bench: Workbench;
  before(async () => {
    bench = await Workbench.open();
    const channels = ['DAPI', 'GFP'].map((name, index) => ({ index, name }));
    const card = cardFields({ name: 'net', channels, divisor: divisor(SPEC), patch: { z: null, y: 16, x: 16 } });
    const onnx = buildPredictor(SPEC, initialParameters(SPEC, 1));
    await publishModel(bench.settings.modelsFolder, { card, onnx, metricsCsv: '' });
  });
  after(() => bench.close());

  const random = new Random(3);
  const planes: Record<string, Uint16Array> = Object.fromEntries(
    ['DAPI', 'GFP', 'TL'].map((name) => [
      name,
      Uint16Array.from({ length: PLANE }, (_, i) => random.integer(500) + (i % 16 < 6 ? 4000 : 0)),
    ]),
  );

  /** @param stored planes in the order of the file, @param names what they are called */
  async function predicted(id: string, stored: string[], names = stored) {
    const pixels = new Uint16Array(stored.length * PLANE);
    for (const [i, name] of stored.entries()) pixels.set(planes[name], i * PLANE);
    const written = await bench.image(`${id}.ome.tiff`, [1, stored.length, 1, 16, 16], pixels);
    const channels = names.map((name, index) => ({ index, name }));
    const image: ImageDescription = { ...written, channels };
    const { probability, metrics } = await predictJob(
      { image, model: 'net', overlap: 0.25, compute: COMPUTE },
      bench.context(),
    );
    return { map: await pixelsOf(probability), notes: metrics.notes, warnings: metrics.warnings };
  }

  it('are taken by name in another order and out of more, with a note and the same map', async () => {
    const usual = await predicted('usual', ['DAPI', 'GFP']);
    assert.deepEqual([usual.notes, usual.warnings], [[], []]);
    for (const [id, stored] of [
      ['swapped', ['GFP', 'DAPI']],
      ['more', ['TL', 'GFP', 'DAPI']],
    ] as const) {
      const { map, notes, warnings } = await predicted(id, [...stored]);
      assert.deepEqual(map, usual.map);
      assert.deepEqual(warnings, []);
      assert.deepEqual(notes, [
        `the channels DAPI, GFP of ${id} were taken by their names out of ${stored.join(', ')}`,
      ]);
    }
    const unnamed = await predicted('unnamed', ['DAPI', 'GFP'], ['Channel 0', 'Channel 1']);
    assert.deepEqual([unnamed.map, unnamed.notes], [usual.map, []]);
    assert.deepEqual(unnamed.warnings, [
      'the model net v1 expects the channels DAPI, GFP, unnamed does not name its own: taken by their places',
    ]);
  });

  it('are taken by place with a warning where the names are others, and another number is an error', async () => {
    const { warnings, notes } = await predicted('other', ['GFP', 'TL'], ['GFP', 'mCherry']);
    assert.deepEqual(notes, []);
    assert.deepEqual(warnings, [
      'the model net v1 expects the channels DAPI, GFP, other has GFP, mCherry: taken by their places',
    ]);
    await assert.rejects(predicted('fewer', ['DAPI']), { code: 'invalid-input', message: /2 channels \(DAPI, GFP\)/ });
    await assert.rejects(predicted('unlike', ['DAPI', 'GFP', 'TL'], ['DAPI', 'Cy5', 'TL']), { code: 'invalid-input' });
  });
});
