import assert from 'node:assert/strict';
import type { Shape5 } from '../../../src/image/region';
import { pseudoLabelJob } from '../../../src/jobs/implementations/pseudo-label';
import { UNKNOWN } from '../../../src/masks/target';
import { publishModel } from '../../../src/models/publish';
import { calibrated } from '../../../src/trust/calibration';
import { cardFields, namedOnnx } from '../../models/support';
import { pixelsOf, Workbench } from './workbench';

describe('pseudo-label', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
  });
  afterEach(() => bench.close());

  const SHAPE: Shape5 = [1, 1, 1, 2, 4];
  const PROBABILITIES = [0, 0.1, 0.11, 0.3, 0.5, 0.89, 0.9, 1];
  let images = 0;
  const floats = () =>
    bench.image(
      `p${images++}.ome.tiff`,
      SHAPE,
      Float32Array.from(PROBABILITIES, (p) => p),
    );
  const run = async (limits: { low?: number; high?: number } = {}, image = floats()) =>
    pseudoLabelJob({ image: await image, model: null, low: null, high: null, ...limits, id: 'a' }, bench.context());
  const of = (low: number, high: number) => PROBABILITIES.map((p) => (p <= low ? 0 : p >= high ? 255 : UNKNOWN));

  it('takes what is sure, and says that the rest is unknown', async () => {
    // 32-bit floats lie beside the limits.
    const { target, metrics } = await run({ low: 0.105, high: 0.895 });
    assert.deepEqual(await pixelsOf(target), of(0.105, 0.895));
    assert.deepEqual(
      [target.foreground, target.unknown],
      [{ kind: 'non-zero' }, { kind: 'values', values: [UNKNOWN] }],
    );
    assert.deepEqual([metrics.known, metrics.foreground], [0.5, 0.5]);
  });

  it('reads maps of integers by their scale, and goes by 0.1 and 0.9 where nobody says otherwise', async () => {
    const stored = Uint16Array.from(PROBABILITIES, (p) => Math.round(p * 65535));
    const { target, metrics } = await run({}, bench.image('q.ome.tiff', SHAPE, stored, { scale: 1 / 65535 }));
    assert.deepEqual([metrics.low, metrics.high, metrics.threshold], [0.1, 0.9, 0.5]);
    const found = await pixelsOf(target);
    assert.deepEqual([found[0], ...found.slice(2, 6), found[7]], [0, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, 255]);
  });

  it('never takes for background what is above the threshold, nor for foreground what is below', async () => {
    const { metrics } = await run({ low: 0.6 });
    assert.deepEqual([metrics.low, metrics.high], [0.5, 0.9]);
    await assert.rejects(run({ low: 0.6, high: 0.4 }), {
      code: 'invalid-input',
      message: /high: expected more than low \(0\.6\)/,
    });
  });

  it('takes for sure what is so once it is calibrated, too, and limits of a person as they are', async () => {
    const calibration = { slope: 0.5, shift: 0.3, ece: 0.01 };
    const unsure = { slope: 2, shift: 0, ece: 0.01 };
    for (const of of [calibration, unsure]) {
      const fields = {
        card: cardFields({ threshold: 0.6, calibration: of }),
        onnx: namedOnnx(`${of.slope}`),
        metricsCsv: '',
      };
      await publishModel(bench.settings.modelsFolder, fields);
    }
    const limits = async (low: number | null, high: number | null, model = 'nuclei@v1') => {
      const input = { image: await floats(), model, low, high, id: 'a' };
      return (await pseudoLabelJob(input, bench.context())).metrics;
    };
    const { low, high, isCalibrated } = await limits(null, null);
    assert.ok(isCalibrated);
    assert.ok(
      Math.abs(calibrated(low, calibration) - 0.1) < 1e-9 && Math.abs(calibrated(high, calibration) - 0.9) < 1e-9,
    );
    assert.ok(low < 0.01 && high > 0.97, `${low}, ${high}`);
    const asked = await limits(0.2, 0.8);
    assert.deepEqual([asked.low, asked.high, asked.isCalibrated], [0.2, 0.8, false]);
    const lax = await limits(null, null, 'nuclei@v2');
    assert.deepEqual([lax.low, lax.high], [0.1, 0.9], 'never beyond what is sure as it is');
    const half = await limits(0.2, null);
    assert.deepEqual([half.low, half.high, half.isCalibrated], [0.2, high, true]);
  });

  it('refuses a map of which nothing is sure', async () => {
    const unsure = bench.image('u.ome.tiff', SHAPE, new Float32Array(8).fill(0.5));
    await assert.rejects(run({}, unsure), {
      code: 'invalid-input',
      message: /a: no pixel is sure \(up to 0\.1, or from 0\.9 on\)/,
    });
  });
});
