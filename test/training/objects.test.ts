import assert from 'node:assert/strict';
import path from 'node:path';
import { onnxOnCpu } from '../../src/engines/onnx/cpu';
import { predictVolume } from '../../src/inference/predict-volume';
import { planTiles } from '../../src/inference/tiles';
import { initialParameters, parameterCount } from '../../src/network';
import { objectTargets } from '../../src/objects/targets';
import { PatchMaker } from '../../src/patches/patch-maker';
import { fillPatchPixels } from '../../src/patches/patch-pixels';
import { defaultAugmentation, symmetriesOnly } from '../../src/patches/recipe';
import { SamplingIndexBuilder } from '../../src/patches/sampling-index';
import type { Sample } from '../../src/samples/sample';
import { trainedCard } from '../../src/training/card';
import { decideObjects, factsOf, numbersOf } from '../../src/training/data/object-numbers';
import { startWithOutputs } from '../../src/training/fine-tuning';
import { prepareTraining } from '../../src/training/prepare';
import { train } from '../../src/training/train';
import type { ImagePredictor } from '../../src/training/validation/validate';
import { modelCard } from '../models/support';
import { Album, SETTINGS } from './fixtures';

const SIDE = 32;
/** Two discs that touch along a line, numbered. */
const pair = (i: number) => {
  const [y, x] = [Math.floor((i % (SIDE * SIDE)) / SIDE), i % SIDE];
  if ((y - 16) ** 2 + (x - 9) ** 2 < 56) return 1;
  return (y - 16) ** 2 + (x - 23) ** 2 < 56 ? 2 : 0;
};
const two = (i: number) => (pair(i) === 0 ? 0 : i % SIDE < 16 ? 1 : 2);
/** The same with two more in corners. */
const touching = (i: number) => {
  const [y, x] = [Math.floor((i % (SIDE * SIDE)) / SIDE), i % SIDE];
  return two(i) || (y < 4 && x < 4 ? 3 : y > 27 && x > 27 ? 4 : 0);
};

function sampleOf(album: Album, id: string, label: (i: number) => number): Sample {
  const raw = album.add(`${id}-raw`, [1, 1, 1, SIDE, SIDE], (i) => (label(i) > 0 ? 900 : 100) + ((i * 7919) % 97));
  const seg1 = album.add(`${id}-seg`, [1, 1, 1, SIDE, SIDE], label, 'uint8');
  return { id, raw, seg1 };
}

describe('a training that tells objects apart', () => {
  let album: Album;
  beforeEach(() => {
    album = new Album();
  });
  afterEach(() => {
    assert.equal(album.open_, 0);
    album.remove();
  });

  const decided = (asked: 'auto' | 'on' | 'off', labels: Array<(i: number) => number>) => {
    const samples = labels.map((label, i) => sampleOf(album, `s${i}`, label));
    return decideObjects(asked, samples, (sample) => numbersOf(sample, album.open));
  };

  it('is one where every segmentation numbers its objects and some touch, or where a person says so', async () => {
    const wide = (i: number) => touching(i) || (i % SIDE === 31 ? 5 : 0);
    assert.equal((await decided('auto', [touching, wide])).objects, true);
    assert.equal((await decided('off', [touching])).objects, false);
    const ofMask = await decided('on', [touching, (i) => (i % 7 === 0 ? 255 : 0)]);
    assert.equal(ofMask.objects, true);
    assert.match(ofMask.warning ?? '', /^\S+ hold no numbers of objects: there what touches is one object/);
    assert.equal((await decided('on', [touching])).warning, undefined);
  });

  it('is none of masks, of labels of classes, of objects that lie apart, and of sets that mix these', async () => {
    const mask = (i: number) => (pair(i) > 0 ? 255 : 0);
    const classes = (i: number) => [0, 1, 0, 2, 1, 0, 2, 1][(i >> 2) & 7];
    const apart = (i: number) => (i % 8 < 4 ? 1 + ((i % SIDE) >> 3) : 0);
    const maskApart = (i: number) => (apart(i) > 0 ? 255 : 0);
    for (const labels of [[mask], [maskApart], [classes], [two], [apart], [touching, maskApart]]) {
      assert.equal((await decided('auto', labels)).objects, false);
    }
    assert.match((await decided('auto', [classes])).note ?? '', /classes/);
    assert.match((await decided('auto', [two])).note ?? '', /no segmentation has more than 2 values/);
  });

  it('counts numbers, their parts and those that touch', () => {
    const labels = Float64Array.from([1, 1, 2, 0, 1, 3, 0, 0, 3, 0]);
    assert.deepEqual(factsOf(labels, [1, 2, 5]), { numbers: 3, parts: 5, touching: 3 });
  });

  for (const recipe of [symmetriesOnly(2), defaultAugmentation(2)]) {
    it(`makes exact targets of patches that are ${recipe.resampling.probability > 0 ? 'deformed' : 'turned'}`, async () => {
      const target = Float64Array.from({ length: SIDE * SIDE }, (_, i) => touching(i));
      const shape: [number, number, number] = [1, SIDE, SIDE];
      const pixels = {
        ...{ shape, window: { start: [0, 0, 0], end: shape } as const, raw: Float32Array.from(target), target },
        ...{ weight: null, normalisation: [{ low: -9, high: 9, mean: 0, std: 1 }], trainable: null, hasNumbers: true },
      };
      const index = new SamplingIndexBuilder(shape);
      index.addRows(0, 0, target, null);
      const source = {
        ...{ channels: 1, anisotropy: 1, index: index.build() },
        read: async (...[start, size, into]: Parameters<Parameters<PatchMaker['make']>[0]['read']>) =>
          fillPatchPixels({ ...pixels, window: { start: [0, 0, 0], end: shape } }, start, size, into),
      };
      const plan = {
        ...{ sizeZ: null, sizeY: 24, sizeX: 24, perImage: 8, sampling: 'balanced' as const, overlap: 0, seed: 3 },
      };
      const always = {
        ...recipe,
        resampling: { ...recipe.resampling, probability: recipe.resampling.probability && 1 },
      };
      // No noise: the image shows the numbers themselves.
      const plain = { ...always, intensity: symmetriesOnly(2).intensity };
      const maker = new PatchMaker(plan, plain, 1, null, true);
      const numbers = new PatchMaker(plan, plain, 1, null);
      for (let number = 0; number < 6; number++) {
        const out = { input: new Float32Array(576), target: new Float32Array(3 * 576), weight: new Float32Array(576) };
        await maker.make(source, number, out);
        const one = { input: new Float32Array(576), target: new Float32Array(576), weight: new Float32Array(576) };
        await numbers.make(source, number, one);
        assert.deepEqual(out.target.subarray(0, 576), one.target);
        if (recipe.resampling.probability > 0) continue;
        const expected = objectTargets(Int32Array.from(out.input), [1, 24, 24], [1, 1, 1]);
        assert.deepEqual(out.target.subarray(576, 1152), expected.boundary);
        assert.deepEqual(out.target.subarray(1152), expected.centre);
      }
    });
  }

  it('starts from a model of the foreground, and the other way round, with what that says of it', () => {
    const spec = { dimensions: 2 as const, inChannels: 1, filters: [4, 8] };
    const parameters = initialParameters(spec, 5);
    const channels = [{ index: 0, name: 'dna' }];
    const start = { card: modelCard({ channels }), parameters };
    const apart = { ...spec, outChannels: 3 as const };
    const extended = startWithOutputs(start, apart, 1);
    assert.equal(extended.parameters.length, parameterCount(apart));
    const outputs: ['foreground', 'boundary', 'centre'] = ['foreground', 'boundary', 'centre'];
    const back = startWithOutputs({ ...extended, card: modelCard({ channels, outputs }) }, spec, 1);
    assert.deepEqual(back.parameters, parameters);
    assert.equal(startWithOutputs(start, spec, 1), start);
  });

  it('learns with an engine, and says in its card what it gives', async () => {
    const engine = await onnxOnCpu.open({ threads: 2, precision: 'float32' });
    const samples = ['a', 'b', 'c', 'd'].map((id) => sampleOf(album, id, touching));
    const preparation = await prepareTraining({
      samples,
      settings: { ...SETTINGS, epochs: 2, levels: 3 },
      start: null,
      numbersOf: (sample) => numbersOf(sample, album.open),
    });
    assert.equal(preparation.spec.outChannels, 3);
    assert.match(preparation.notes.join(), /objects are told apart: of those that the segmentations number 50 %/);
    const predict: ImagePredictor = (session, pixels, shape, geometry, signal) => {
      const plan = planTiles(geometry, [shape[1], shape[2], shape[3]], 0.25);
      return predictVolume(session, pixels, shape, plan, { outputs: geometry.mapChannels, signal });
    };
    const environment = { engine, predict, folder: path.join(album.folder, 'run'), memoryMB: 50, open: album.open };
    const result = await train(preparation, environment);
    assert.equal(result.parameters.length, parameterCount(preparation.spec));
    assert.ok(result.history[1].loss < result.history[0].loss);
    const card = trainedCard(preparation, result);
    assert.deepEqual(card.outputs, ['foreground', 'boundary', 'centre']);
    assert.ok(card.objects && card.objects.seedCentre > 0);
  });
});
