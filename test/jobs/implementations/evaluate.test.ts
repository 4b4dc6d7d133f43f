import assert from 'node:assert/strict';
import type { PixelArray } from '../../../src/image/dtype';
import type { Shape5 } from '../../../src/image/region';
import { evaluateJob } from '../../../src/jobs/implementations/evaluate';
import { Workbench } from './workbench';

const SHAPE: Shape5 = [1, 1, 1, 2, 4];

describe('evaluate job', () => {
  let bench: Workbench;
  let images = 0;
  beforeEach(async () => {
    bench = await Workbench.open();
  });
  afterEach(() => bench.close());
  const image = (pixels: PixelArray, shape = SHAPE) => bench.image(`i${images++}.ome.tiff`, shape, pixels);

  it('counts voxels and objects', async () => {
    const predicted = await image(Uint8Array.of(255, 255, 0, 255, 0, 0, 0, 0));
    const truth = await image(Uint8Array.of(1, 1, 0, 0, 1, 0, 0, 0));
    const metrics = await evaluateJob({ predicted, truth, weight: null }, bench.context());
    assert.equal(metrics.dice, 4 / 6);
    assert.equal(metrics.iou, 0.5);
    assert.equal(metrics.precision, 2 / 3);
    assert.equal(metrics.recall, 2 / 3);
    assert.equal(metrics.emptyReference, false);
    assert.deepEqual(metrics.counts, { truePositive: 2, falsePositive: 1, falseNegative: 1, trueNegative: 4 });
    // The object of 3 true pixels is met with IoU 2/3, the single pixel is none.
    assert.equal(metrics.objectAp, 0.5);
    assert.equal(metrics.objectRecall, 1);
    assert.equal(metrics.objectPrecision, 0.5);
  });

  it('leaves excluded voxels out of every count', async () => {
    const predicted = await image(Uint8Array.of(255, 255, 0, 255, 0, 0, 0, 0));
    const truth = await image(Uint8Array.of(1, 1, 0, 0, 1, 0, 0, 0));
    const weight = await image(Uint8Array.of(1, 1, 1, 0, 0, 1, 1, 1));
    const metrics = await evaluateJob({ predicted, truth, weight }, bench.context());
    assert.deepEqual([metrics.dice, metrics.objectAp], [1, 1]);
    assert.deepEqual(metrics.counts, { truePositive: 2, falsePositive: 0, falseNegative: 0, trueNegative: 4 });
  });

  it('takes the objects of a label image as they are, and of a mask by their touching', async () => {
    const predicted = await image(Uint16Array.of(1, 1, 2, 2, 0, 0, 0, 0));
    const truth = await image(Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0));
    const metrics = await evaluateJob({ predicted, truth, weight: null }, bench.context());
    const { objects } = metrics;
    assert.deepEqual([objects.predicted, objects.truth], ['labels', 'components']);
    // Each half has IoU exactly 0.5 with the whole, which can match one of them.
    assert.deepEqual([objects.truePositive, objects.falsePositive, objects.falseNegative], [1, 1, 0]);
    assert.equal(metrics.dice, 1);
  });

  it('compares objects by their numbers where both sides have them, and else those of the mask', async () => {
    const predicted = await image(Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0));
    const labels = await image(Uint16Array.of(1, 1, 2, 2, 0, 0, 0, 0));
    const evaluated = async (truth: number[]) => {
      const input = { predicted, labels, truth: await image(Uint8Array.from(truth)), weight: null };
      const { dice, objects } = await evaluateJob(input, bench.context());
      return [dice, objects.predicted, objects.truth, objects.truePositive, objects.falsePositive];
    };
    assert.deepEqual(await evaluated([5, 5, 6, 6, 0, 0, 0, 0]), [1, 'labels', 'labels', 2, 0]);
    assert.deepEqual(await evaluated([1, 1, 1, 1, 0, 0, 0, 0]), [1, 'components', 'components', 1, 0]);
    const short = await bench.image('short.ome.tiff', [1, 1, 1, 1, 4], Uint8Array.of(1, 1, 0, 0));
    await assert.rejects(
      evaluateJob({ predicted, labels: short, truth: predicted, weight: null }, bench.context()),
      /predicted labels/,
    );
  });

  it('takes a truth of one object or none by its numbers too, unless it can as well be a mask', async () => {
    const predicted = await image(Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0));
    const labels = await image(Uint16Array.of(1, 1, 2, 2, 0, 0, 0, 0));
    const found = async (truth: PixelArray) => {
      const input = { predicted, labels, truth: await image(truth), weight: null };
      const { objects } = await evaluateJob(input, bench.context());
      return [objects.predicted, objects.truePositive, objects.falsePositive];
    };
    const one = [1, 1, 1, 1, 0, 0, 0, 0];
    assert.deepEqual(await found(Uint16Array.from(one)), ['labels', 1, 1]);
    assert.deepEqual(await found(Uint8Array.from(one, (value) => 5 * value)), ['labels', 1, 1]);
    assert.deepEqual(await found(new Uint32Array(8)), ['labels', 0, 2]);
    assert.deepEqual(await found(Uint8Array.from(one)), ['components', 1, 0]);
    assert.deepEqual(await found(Uint16Array.from(one, (value) => 65535 * value)), ['components', 1, 0]);
  });

  it('takes one number in two pieces for one object, where the truth numbers its own', async () => {
    const predicted = await image(Uint8Array.of(255, 0, 255, 0, 0, 0, 0, 0));
    const labels = await image(Uint16Array.of(1, 0, 1, 0, 0, 0, 0, 0));
    const truth = await image(Uint16Array.of(1, 0, 2, 0, 0, 0, 0, 0));
    const { objects } = await evaluateJob({ predicted, labels, truth, weight: null }, bench.context());
    assert.deepEqual([objects.predicted, objects.truePositive, objects.falseNegative], ['labels', 1, 1]);
  });

  it('counts the objects of each time point for themselves', async () => {
    const shape: Shape5 = [2, 1, 1, 1, 4];
    const predicted = await image(Uint8Array.of(1, 1, 0, 0, 1, 1, 0, 0), shape);
    const truth = await image(Uint8Array.of(1, 1, 0, 0, 0, 0, 1, 1), shape);
    const { objects } = await evaluateJob({ predicted, truth, weight: null }, bench.context());
    const { truePositive, falsePositive, falseNegative } = objects;
    assert.deepEqual([truePositive, falsePositive, falseNegative], [1, 1, 1]);
  });

  it('gives 1 and a flag where both are empty, never NaN', async () => {
    const empty = await image(new Uint8Array(8));
    const metrics = await evaluateJob({ predicted: empty, truth: empty, weight: null }, bench.context());
    assert.deepEqual([metrics.dice, metrics.iou, metrics.objectAp, metrics.emptyReference], [1, 1, 1, true]);
  });

  it('refuses other shapes, NaN, and a probability map in place of a mask', async () => {
    const truth = await image(new Uint8Array(8));
    const small = await image(new Uint8Array(6), [1, 1, 1, 2, 3]);
    await assert.rejects(evaluateJob({ predicted: small, truth, weight: null }, bench.context()), {
      code: 'invalid-input',
      message: /predicted segmentation.*truth/,
    });
    const nan = await image(new Float32Array(8).fill(Number.NaN));
    await assert.rejects(evaluateJob({ predicted: nan, truth, weight: null }, bench.context()), {
      message: /^predicted segmentation \(.*\.tiff\) has 8 pixels that are NaN/,
    });
    const map = await image(new Float32Array(8).fill(0.25));
    await assert.rejects(evaluateJob({ predicted: map, truth, weight: null }, bench.context()), {
      code: 'invalid-input',
      message:
        /^predicted segmentation \(.*\.ome\.tiff\) holds fractions \(0\.25 to 0\.25\), as a probability does; threshold it first/,
    });
  });
});
