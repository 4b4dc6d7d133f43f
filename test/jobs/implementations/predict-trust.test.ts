import assert from 'node:assert/strict';
import { Random } from '../../../src/base/random';
import type { ImageDescription } from '../../../src/image/description';
import { count, type Shape5 } from '../../../src/image/region';
import { predictJob } from '../../../src/jobs/implementations/predict';
import { thresholdJob } from '../../../src/jobs/implementations/threshold';
import type { JobLimits } from '../../../src/jobs/io/limits';
import type { ComputeSettings, ThresholdSettings } from '../../../src/jobs/job-types';
import type { CardFields } from '../../../src/models/publish';
import { publishModel } from '../../../src/models/publish';
import { buildPredictor, divisor, initialParameters, type NetworkSpec } from '../../../src/network';
import { calibrated } from '../../../src/trust/calibration';
import { trainingLooks } from '../../../src/trust/looks';
import { APPEARANCE } from '../../../src/trust/measures';
import { cardFields } from '../../models/support';
import { pixelsOf, Workbench } from './workbench';

const COMPUTE: ComputeSettings = {
  ...{ engine: 'auto', device: 'cpu', threads: 1, precision: 'float32', memoryMB: 0, queue: 1 },
};
const SPEC: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [4, 8] };
const CALIBRATION = { slope: 0.8, shift: 0.3, ece: 0.01, foreground: 0.2 };
const THRESHOLD = 0.43;

describe('what a prediction says of itself', () => {
  const shape: Shape5 = [2, 1, 3, 50, 40];
  let bench: Workbench;
  let raw: ImageDescription;
  beforeEach(async () => {
    bench = await Workbench.open();
    const random = new Random(3);
    const pixels = Uint16Array.from(
      { length: count(shape) },
      (_, i) => random.integer(5000) + (i % 40 < 15 ? 20_000 : 0),
    );
    raw = await bench.image('raw.ome.tiff', shape, pixels);
  });
  afterEach(() => bench.close());

  async function predict(card: Partial<CardFields>, limits?: Partial<JobLimits>) {
    const fields = cardFields({
      ...{ name: 'net', channels: [{ index: 0, name: 'c0' }], divisor: divisor(SPEC), threshold: THRESHOLD, ...card },
    });
    const onnx = buildPredictor(SPEC, initialParameters(SPEC, 1));
    await publishModel(bench.settings.modelsFolder, { card: fields, onnx, metricsCsv: '' });
    const input = { image: raw, model: 'net', overlap: 0.25, compute: COMPUTE };
    return predictJob(input, { ...bench.context(), limits });
  }

  it('is the Dice of its own threshold, as the calibrated map expects it', async () => {
    // in the middle of what an untrained network says
    const untold = (await pixelsOf((await predict({})).probability)).sort((a, b) => a - b);
    const threshold = Math.round(100 * untold[untold.length >> 1]) / 100;
    const { probability, metrics } = await predict({ calibration: CALIBRATION, threshold });
    const [counts, found] = [{ tp: 0, fp: 0, fn: 0 }, await pixelsOf(probability)];
    for (const p of found) {
      const share = calibrated(p, CALIBRATION);
      if (p > threshold) [counts.tp, counts.fp] = [counts.tp + share, counts.fp + 1 - share];
      else counts.fn += share;
    }
    const { tp, fp, fn } = counts;
    assert.ok(tp > 100 && fp > 100 && fn > 100, `${tp} ${fp} ${fn}`);
    const { dice, precision, recall } = metrics.predicted ?? { dice: 0, precision: 0, recall: 0 };
    // bins are 0.01 wide
    assert.ok(Math.abs(dice - (2 * tp) / (2 * tp + fp + fn)) < 0.005);
    assert.ok(Math.abs(precision - tp / (tp + fp)) < 0.005 && Math.abs(recall - tp / (tp + fn)) < 0.005);
    const stored = (await predict({ calibration: CALIBRATION, threshold }, { bandPixels: 100, plainBytes: 0 })).metrics
      .predicted;
    assert.ok(Math.abs((stored?.dice ?? 0) - dice) < 1e-3);
  });

  it('is of the threshold that the method model cuts at', async () => {
    const { probability, model } = await predict({ calibration: CALIBRATION });
    const plain = { method: 'model', value: 0.5, minSize: 0, fillHoles: false, label: false, connectivity: 'faces' };
    const settings = plain as ThresholdSettings;
    const cut = await thresholdJob({ id: 'a', image: probability, raw: null, settings, model }, bench.context());
    assert.equal(cut.metrics.threshold, THRESHOLD);
  });

  it('says how it differs from the training where the card knows how that looks', async () => {
    const numbers = APPEARANCE.map(() => 3);
    const strange = { looks: [numbers], field: null, amount: [numbers.map(() => 0)] };
    const { metrics } = await predict({ looks: trainingLooks([[strange], [strange]]) });
    assert.equal(metrics.unlike?.isUnlike, true);
    assert.ok((metrics.unlike?.distance ?? 0) > (metrics.unlike?.limit ?? 0));
    assert.match(metrics.warnings.join(), /raw is unlike the images that net v1 was trained on/);
    assert.equal('predicted' in metrics, false);
  });

  it('says nothing where the card knows nothing', async () => {
    const { metrics } = await predict({});
    assert.deepEqual([metrics.predicted, metrics.unlike, metrics.warnings], [undefined, undefined, []]);
  });
});
