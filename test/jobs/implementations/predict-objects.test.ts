import assert from 'node:assert/strict';
import { Random } from '../../../src/base/random';
import type { Shape5 } from '../../../src/image/region';
import { predictJob } from '../../../src/jobs/implementations/predict';
import { thresholdJob } from '../../../src/jobs/implementations/threshold';
import type { ComputeSettings } from '../../../src/jobs/job-types';
import { publishModel } from '../../../src/models/publish';
import { buildPredictor, divisor, initialParameters, type NetworkSpec, parameterCount } from '../../../src/network';
import { foregroundMap, hasObjectMaps } from '../../../src/objects/maps';
import { OBJECT_MAPS } from '../../../src/objects/settings';
import { cardFields } from '../../models/support';
import { pixelsOf, Workbench } from './workbench';

const COMPUTE: ComputeSettings = {
  ...{ engine: 'auto', device: 'cpu', threads: 1, precision: 'float32', memoryMB: 0, queue: 1 },
};
const FOREGROUND: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [4, 8] };
const OBJECTS: NetworkSpec = { ...FOREGROUND, outChannels: 3 };
const SHAPE: Shape5 = [2, 1, 2, 20, 28];

describe('a prediction by a model that tells objects apart', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
    const parameters = initialParameters(OBJECTS, 1);
    const publish = (name: string, spec: NetworkSpec, of: Float32Array, outputs?: [...typeof OBJECT_MAPS]) =>
      publishModel(bench.settings.modelsFolder, {
        card: cardFields({
          ...{
            name,
            channels: [{ index: 0, name: 'c0' }],
            divisor: divisor(spec),
            pixelSize: { z: null, y: 0.5, x: 0.5 },
          },
          ...{ patch: { z: null, y: 16, x: 16 }, ...(outputs ? { outputs } : {}) },
        }),
        onnx: buildPredictor(spec, of),
        metricsCsv: '',
      });
    await publish('objects', OBJECTS, parameters, [...OBJECT_MAPS]);
    // The same network without the last two rows of its head.
    const body = parameters.length - 3 * 5;
    const one = new Float32Array(parameterCount(FOREGROUND));
    one.set(parameters.subarray(0, body + 4));
    one[body + 4] = parameters[body + 12];
    await publish('foreground', FOREGROUND, one);
  });
  afterEach(() => bench.close());

  const predicted = async (model: string, more: { rescale?: boolean; limits?: { plainBytes: number } } = {}) => {
    const random = new Random(3);
    const pixels = Uint16Array.from(
      { length: 2 * 2 * 20 * 28 },
      (_, i) => random.integer(500) + (i % 28 < 9 ? 4000 : 0),
    );
    const pixelSize = more.rescale ? { z: 1, y: 0.25, x: 0.25 } : { z: 1, y: 0.5, x: 0.5 };
    const image = await bench.image(`raw-${model}.ome.tiff`, SHAPE, pixels, { pixelSize });
    const { limits, rescale } = more;
    const context = { ...bench.context<'predict'>(), limits };
    return predictJob({ image, model, overlap: 0.25, rescale, mirror: true, compute: COMPUTE }, context);
  };

  for (const more of [{}, { rescale: true }, { limits: { plainBytes: 100 } }]) {
    it(`has three channels, of which the first is that of the same network for the foreground: ${JSON.stringify(more)}`, async () => {
      const { probability: maps } = await predicted('objects', more);
      const { probability: map } = await predicted('foreground', more);
      assert.deepEqual(maps.shape, [2, 3, 2, 20, 28]);
      assert.ok(hasObjectMaps(maps) && !hasObjectMaps(map));
      const [all, first] = [await pixelsOf(maps), await pixelsOf(map)];
      const volume = 2 * 20 * 28;
      for (const t of [0, 1]) {
        assert.deepEqual(all.slice(3 * t * volume, (3 * t + 1) * volume), first.slice(t * volume, (t + 1) * volume));
      }
      assert.ok(new Set(all.slice(volume, 2 * volume)).size > 100);
      assert.deepEqual(await pixelsOf(foregroundMap(maps)), first);
    });
  }

  it('is thresholded by its foreground', async () => {
    const settings = {
      ...{ method: 'value' as const, value: 0.5, minSize: 0, fillHoles: false, label: false },
      connectivity: 'faces' as const,
    };
    const masks = [];
    for (const model of ['objects', 'foreground']) {
      const { probability } = await predicted(model);
      const input = { image: probability, settings, model: null, raw: null, id: model };
      masks.push(await pixelsOf((await thresholdJob(input, bench.context())).mask));
    }
    assert.deepEqual(masks[0], masks[1]);
  });
});
