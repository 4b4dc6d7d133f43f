import assert from 'node:assert/strict';
import type { ImageDescription } from '../../../src/image/description';
import { DEFAULT_RULE } from '../../../src/image/normalisation';
import type { Shape5 } from '../../../src/image/region';
import { applyDecisionJob } from '../../../src/jobs/implementations/apply-decision';
import { evaluateJob } from '../../../src/jobs/implementations/evaluate';
import { excludeRegionsJob } from '../../../src/jobs/implementations/exclude-regions';
import { listPatchesJob } from '../../../src/jobs/implementations/list-patches';
import { mergeMasksJob } from '../../../src/jobs/implementations/merge-masks';
import { UNKNOWN } from '../../../src/masks/target';
import { emptyPixels } from '../../../src/patches/patch-pixels';
import type { Sample } from '../../../src/samples/sample';
import { loadTrainingData } from '../../../src/training/data/load-images';
import { DECISION } from '../../curation/samples';
import { pixelsOf, Workbench } from './workbench';

const [HEIGHT, WIDTH] = [40, 48];
const SHAPE: Shape5 = [1, 1, 1, HEIGHT, WIDTH];
const PLAN = { sizeZ: null, sizeY: 8, sizeX: 8, perImage: 20, sampling: 'balanced', overlap: 0, seed: 1 } as const;
const at = (i: number) => ({ x: i % WIDTH, y: Math.floor(i / WIDTH) });
const of = (value: (x: number, y: number) => number) =>
  Uint8Array.from({ length: HEIGHT * WIDTH }, (_, i) => value(at(i).x, at(i).y));
/** A square, of which a column is known, and one beside it. */
const isObject = (x: number, y: number) => x >= 10 && x < 30 && y >= 10 && y < 30;
const isKnown = (x: number) => x === 20 || x === 40;
const TRUTH = of((x, y) => (isObject(x, y) ? 255 : 0));
const SCRIBBLES = of((x, y) => (isKnown(x) ? (isObject(x, y) ? 2 : 1) : 0));
const KNOWN = of((x) => (isKnown(x) ? 1 : 0));
const TARGET = TRUTH.map((value, i) => (KNOWN[i] ? value : UNKNOWN));

describe('jobs with segmentations that leave pixels open', () => {
  let bench: Workbench;
  let raw: ImageDescription;
  let scribbles: ImageDescription;
  let truth: ImageDescription;
  beforeEach(async () => {
    bench = await Workbench.open();
    raw = await bench.image(
      'raw.ome.tiff',
      SHAPE,
      of((x, y) => (isObject(x, y) ? 150 : 50) + ((x * 7 + y) % 5)),
    );
    truth = await bench.image('truth.ome.tiff', SHAPE, TRUTH);
    scribbles = {
      ...(await bench.image('scribbles.ome.tiff', SHAPE, SCRIBBLES)),
      foreground: { kind: 'values', values: [2] },
      unknown: { kind: 'values', values: [0] },
    };
  });
  afterEach(() => bench.close());

  const load = (sample: Sample, memoryMB = 100) =>
    loadTrainingData(
      {
        samples: [sample],
        split: { kind: 'files', train: [0], validation: [], test: [] },
        plan: PLAN,
        spec: { dimensions: 2, inChannels: 1, filters: [4, 8] },
        settings: { validation: 0 },
        data: [],
        normalisation: DEFAULT_RULE,
      } as never,
      { memoryMB },
    );

  it('merge-masks keeps them open in the target, which training and evaluation take as the segmentation itself', async () => {
    const target = await mergeMasksJob(
      { sample: { id: 'a', raw, seg1: scribbles }, base: 'seg1', regions: null },
      bench.context(),
    );
    assert.deepEqual(await pixelsOf(target), [...TARGET]);
    assert.deepEqual(target.unknown, { kind: 'values', values: [UNKNOWN] });
    for (const sample of [
      { id: 'a', raw, target },
      { id: 'a', raw, seg1: scribbles },
    ] as Sample[]) {
      const data = await load(sample);
      const pixels = emptyPixels();
      await data.images[0].read([0, 0, 0], [1, HEIGHT, WIDTH], pixels);
      assert.deepEqual([...pixels.weight.subarray(0, KNOWN.length)], [...KNOWN]);
      const found = [...pixels.target.subarray(0, TRUTH.length)].map(Boolean);
      assert.deepEqual(
        found,
        [...TARGET].map((value) => value === 255),
      );
      assert.deepEqual(
        data.images[0].normalisation,
        (await load({ id: 'a', raw, seg1: truth })).images[0].normalisation,
      );
      await data.close();
    }
  });

  it('inside a merging mask the other segmentation says what is open', async () => {
    const mask = await bench.image(
      'mask.ome.tiff',
      SHAPE,
      of((x) => (x < 24 ? 1 : 0)),
    );
    const sample = { id: 'a', raw, seg1: scribbles, seg2: truth };
    const target = await pixelsOf(await mergeMasksJob({ sample, base: 'seg1', regions: mask }, bench.context()));
    assert.deepEqual(
      target,
      [...of((x) => (x < 24 ? 1 : 0))].map((inside, i) => (inside ? TRUTH[i] : TARGET[i])),
    );
    const dense = await mergeMasksJob(
      { sample: { ...sample, seg1: truth }, base: 'seg1', regions: null },
      bench.context(),
    );
    assert.equal(dense.unknown, undefined);
  });

  it('what is painted is known, and what is excluded does not count', async () => {
    const strokes = [{ points: [[5, 5] as [number, number]], radius: 2, value: 1 as const, z: null }];
    const square: Array<[number, number]> = [
      [18, 0],
      [22, 0],
      [22, 12],
      [18, 12],
    ];
    const decision = {
      ...DECISION,
      base: 'seg1' as const,
      merge: [],
      strokes,
      exclude: [{ rings: [square], z: null }],
    };
    const made = await applyDecisionJob({ sample: { id: 'a', raw, seg1: scribbles }, decision }, bench.context());
    assert.ok(made.target && made.weight);
    const target = await pixelsOf(made.target);
    assert.equal(target[5 * WIDTH + 5], 255);
    assert.equal(target[5 * WIDTH + 15], UNKNOWN);
    const data = await load(made);
    const pixels = emptyPixels();
    await data.images[0].read([0, 0, 0], [1, HEIGHT, WIDTH], pixels);
    const counts = (x: number, y: number) => pixels.weight[y * WIDTH + x];
    assert.deepEqual([counts(5, 5), counts(15, 5), counts(20, 5), counts(20, 20), counts(40, 5)], [1, 0, 0, 1, 1]);
    await data.close();
  });

  it('images that are read from their files give the same patches as those in memory', async () => {
    const [held, streamed] = [
      await load({ id: 'a', raw, seg1: scribbles }),
      await load({ id: 'a', raw, seg1: scribbles }, 1e-6),
    ];
    const read = async (data: typeof held) => {
      const pixels = emptyPixels();
      await data.images[0].read([0, 4, 16], [1, 16, 28], pixels);
      await data.close();
      return pixels;
    };
    assert.deepEqual(streamed.images[0].normalisation, held.images[0].normalisation);
    assert.deepEqual(await read(streamed), await read(held));
  });

  it('evaluate counts what is known only, in the truth and in what is compared with it', async () => {
    const predicted = await bench.image(
      'predicted.ome.tiff',
      SHAPE,
      of((x, y) => (isObject(x, y) || x < 5 ? 255 : 0)),
    );
    const weight = await bench.image(
      'weight.ome.tiff',
      SHAPE,
      of((x) => (x === 40 ? 0 : 1)),
    );
    const run = (input: Parameters<typeof evaluateJob>[0]) => evaluateJob(input, bench.context());
    const found = await run({ predicted, truth: scribbles, weight: null });
    assert.deepEqual(
      [found.dice, found.counts],
      [1, { truePositive: 20, falsePositive: 0, falseNegative: 0, trueNegative: 60 }],
    );
    const weighted = await run({ predicted, truth: scribbles, weight });
    assert.deepEqual(weighted.counts, { truePositive: 20, falsePositive: 0, falseNegative: 0, trueNegative: 20 });
    assert.deepEqual((await run({ predicted: scribbles, truth, weight: null })).counts, found.counts);
  });

  it('patches are centred on what is known, half of them on foreground', async () => {
    const listed = await listPatchesJob({ sample: { id: 'a', raw, seg1: scribbles }, plan: PLAN }, bench.context());
    const regions = listed.flatMap((region) => region ?? []);
    const middles = regions.map(({ start }) => SCRIBBLES[(start[3] + 4) * WIDTH + start[4] + 4]);
    assert.equal(middles.length, PLAN.perImage);
    assert.ok(middles.filter((value) => value === 2).length >= PLAN.perImage / 2, `${middles}`);
    // A patch at the edge of the image lies as near as it can.
    const holds = regions.every(({ start: [, , , y, x] }) =>
      KNOWN.some((known, i) => known && at(i).x >= x && at(i).x < x + 8 && at(i).y >= y && at(i).y < y + 8),
    );
    assert.ok(holds);
  });

  it('of regions that show what somebody looked at, only the inside counts', async () => {
    const regions = [
      [
        [0, 0],
        [0, 9],
        [9, 9],
        [9, 0],
      ],
    ];
    const [outside, inside] = [
      await pixelsOf(await excludeRegionsJob({ sample: { id: 'a', raw }, regions }, bench.context())),
      await pixelsOf(await excludeRegionsJob({ sample: { id: 'a', raw }, regions, counts: 'inside' }, bench.context())),
    ];
    assert.equal(
      inside.reduce((sum, weight) => sum + weight, 0),
      100,
    );
    assert.deepEqual(
      inside,
      outside.map((weight) => 1 - weight),
    );
  });
});
