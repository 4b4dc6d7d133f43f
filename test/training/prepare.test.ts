import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { fileVersion } from '../../src/formats';
import type { ModelCard } from '../../src/models/card';
import { parameterCount } from '../../src/network';
import { divisors } from '../../src/network/spec';
import { suggestPlan } from '../../src/patches/plan';
import type { Sample } from '../../src/samples/sample';
import { overwrittenImages } from '../../src/training/data/data-hash';
import { networkNote } from '../../src/training/network-size';
import { prepareTraining } from '../../src/training/prepare';
import type { TrainSettings } from '../../src/training/settings';
import { Album, SETTINGS } from './fixtures';

describe('training/prepare', () => {
  let album: Album;
  before(() => {
    album = new Album();
  });
  after(() => album.remove());

  const prepare = (samples: Sample[], settings: Partial<TrainSettings> = {}) =>
    prepareTraining({ samples, settings: { ...SETTINGS, ...settings }, start: null });

  it('suggests smaller 3D patches where up to an hour is planned, and none other in 2D', async () => {
    const [stack, plane] = [album.sample('tall', [1, 1, 40, 160, 160]), album.sample('wide', [1, 1, 1, 300, 300])];
    const sizeOf = async (sample: Sample, settings: Partial<TrainSettings>) => {
      const { sizeZ, sizeY, sizeX } = (await prepare([sample], settings)).plan;
      return [sizeZ, sizeY, sizeX];
    };
    for (const [settings, expected] of [
      [{ epochs: null }, [32, 64, 64]],
      [{ epochs: 5, maxMinutes: 60 }, [32, 64, 64]],
      [{ epochs: null, maxMinutes: 61 }, [32, 128, 128]],
      [{ epochs: 5 }, [32, 128, 128]],
    ] as const) {
      assert.deepEqual(await sizeOf(stack, settings), expected);
      assert.deepEqual(await sizeOf(plane, settings), [null, 256, 256]);
    }
  });

  it('is 3D if all images are stacks, unless the patches say otherwise', async () => {
    const [plane, stack] = [album.sample('p'), album.sample('s', [1, 1, 8, 32, 32])];
    assert.equal((await prepare([plane])).spec.dimensions, 2);
    assert.equal((await prepare([stack])).spec.dimensions, 3);
    assert.equal((await prepare([stack], { dimensions: 2 })).spec.dimensions, 2);
    const flat = { ...stack, patches: suggestPlan([[8, 32, 32]], 2) };
    assert.equal((await prepare([flat])).spec.dimensions, 2);
    const mixed = await prepare([plane, stack]);
    assert.equal(mixed.spec.dimensions, 2);
    assert.equal(mixed.notes[0], '2D: an image has 1 of the 8 planes that 3D needs');
    await assert.rejects(prepare([plane, stack], { dimensions: 3 }), /sample p: expected a stack for a 3D model/);
    await assert.rejects(prepare([plane], { dimensions: 3 }), /sample p: expected a stack/);
  });

  it('takes target before seg1 and refuses a sample with neither', async () => {
    const { target, ...bare } = album.sample('q');
    const [withSeg] = (await prepare([{ ...bare, seg1: target }])).data;
    assert.equal(withSeg.images.target.uri, target?.uri);
    await assert.rejects(prepare([bare]), /sample q: expected a target or seg1/);
  });

  it('names shapes and channels that differ', async () => {
    const [a, b] = [album.sample('a'), album.sample('b', [1, 2, 1, 32, 32])];
    await assert.rejects(prepare([a, b]), /sample b: channels: expected 1 as sample a, got 2/);
    const small = album.add('small', [1, 1, 1, 32, 16], () => 1, 'uint8');
    await assert.rejects(
      prepare([{ ...a, target: small }]),
      /shape of target: expected \[1,1,1,32,32\] as raw, got \[1,1,1,32,16\]/,
    );
    await assert.rejects(prepare([{ ...a, weight: small }]), /shape of weight/);
  });

  it('refuses two patch plans in one training, and a size that is no multiple of 4', async () => {
    const [a, b] = [album.sample('a'), album.sample('b')];
    const plan = suggestPlan([[1, 32, 32]], 2);
    const both = [
      { ...a, patches: plan },
      { ...b, patches: { ...plan, perImage: 9 } },
    ];
    await assert.rejects(prepare(both), /sample b: patches differ from those of sample a/);
    await assert.rejects(
      prepare([{ ...a, patches: { ...plan, sizeX: 30 } }]),
      /patch sizeX: expected a multiple of 4, got 30/,
    );
  });

  it('suggests what the plans leave open from all images, so that images of different sizes go together', async () => {
    const [small, large] = [album.sample('small'), album.sample('large', [1, 1, 1, 64, 48])];
    const open = (sizeY: number, sizeX: number) => ({ ...suggestPlan([[1, sizeY, sizeX]], 2), perImage: 3 });
    const samples: Sample[] = [
      { ...small, patches: { ...open(32, 32), suggested: ['sizeZ', 'sizeY', 'sizeX'] } },
      { ...large, patches: { ...open(64, 48), suggested: ['sizeZ', 'sizeY', 'sizeX'] } },
    ];
    const { plan } = await prepare(samples);
    assert.deepEqual([plan.sizeZ, plan.sizeY, plan.sizeX, plan.perImage], [null, 32, 32, 3]);
    assert.equal(plan.suggested, undefined);
    const half = samples.map((sample) => ({ ...sample, patches: { ...open(16, 48), suggested: ['sizeX' as const] } }));
    assert.deepEqual((await prepare(half)).plan.sizeY, 16);
  });

  it('lets the training say 2D for stacks whose patches were only suggested', async () => {
    const stack = album.sample('stack', [1, 1, 8, 32, 32]);
    const plan = suggestPlan([[8, 32, 32]], 3);
    const sample: Sample = { ...stack, patches: { ...plan, suggested: ['sizeZ', 'sizeY', 'sizeX'] } };
    assert.deepEqual((await prepare([sample], { dimensions: 2 })).plan.sizeZ, null);
    assert.equal((await prepare([sample])).plan.sizeZ, 8);
    const chosen = prepare([{ ...stack, patches: plan }], { dimensions: 2 });
    await assert.rejects(chosen, /patch sizeZ: expected nothing \(blank\) for a 2D model/);
  });

  it('chooses the network by patch and spacing, and says which it is', async () => {
    const at = (z: number | null) => {
      const sample = album.sample('stack', [1, 1, 16, 32, 32]);
      return { ...sample, raw: { ...sample.raw, pixelSize: z === null ? null : { z, y: 1, x: 1 } } };
    };
    const cubic = await prepare([at(1)]);
    assert.deepEqual(cubic.spec.filters, [8, 16, 32, 64]);
    assert.deepEqual(divisors(cubic.spec), [4, 8, 8]);
    const thick = await prepare([at(3)]);
    assert.deepEqual(thick.spec.strides?.[1], [1, 2, 2]);
    assert.match(networkNote(thick, {}), /^network: 4 levels, 8-16-32-64 feature maps, strides 1x2x2, .* MB$/);
    assert.notEqual(thick.key, cubic.key);
    const far = await prepare([at(8)]);
    assert.equal(far.spec.dimensions, 2);
    assert.match(far.notes[0], /^2D: planes are 8 times as far apart as pixels/);
    assert.match((await prepare([at(null)])).notes[0], /^3D: how far planes are apart is not known/);
    const three = await prepare([at(3)], { levels: 3 });
    assert.deepEqual(three.spec, { dimensions: 3, inChannels: 1, filters: [8, 16, 32] });
    await assert.rejects(
      prepare([at(1)], { levels: 6 }),
      /levels for patches of 16 x 32 x 32: expected at most 4, got 6/,
    );
  });

  it('lists samples that failed and refuses when none is left', async () => {
    const failed = {
      ...album.sample('f'),
      failed: { node: 'n', error: { name: 'E', code: 'corrupt-file', message: 'cut off' } },
    };
    const preparation = await prepare([album.sample('a'), failed]);
    assert.deepEqual(preparation.failed, [{ id: 'f', reason: 'cut off' }]);
    await assert.rejects(prepare([failed]), /training samples: expected one at least, got none/);
  });

  it('takes channels by their names, in the order of the first sample or of the model to start from', async () => {
    const named = (id: string, ...names: string[]): Sample => {
      const sample = album.sample(id, [1, names.length, 1, 32, 32]);
      return { ...sample, raw: { ...sample.raw, channels: names.map((name, index) => ({ index, name })) } };
    };
    const samples = [named('a', 'DAPI', 'GFP'), named('b', 'gfp', 'dapi'), named('c', 'TL', 'GFP', 'DAPI')];
    const preparation = await prepare(samples);
    assert.equal(preparation.notes[0], 'the channels of b, c were taken by their names: DAPI, GFP');
    assert.deepEqual(preparation.warnings, []);
    assert.deepEqual(
      preparation.samples.map(({ raw }) => raw.select?.c),
      [undefined, [1, 0], [2, 1]],
    );
    assert.equal(preparation.spec.inChannels, 2);
    const unnamed = await prepare([named('n', 'Channel 0', 'Channel 1'), ...samples]);
    assert.deepEqual(unnamed.notes, preparation.notes, 'a sample without names does not hide those of others');
    assert.deepEqual(unnamed.channels, samples[0].raw.channels);
    const spec = { dimensions: 2 as const, inChannels: 2, filters: [8, 16, 32] };
    const card = {
      ...{ name: 'old', version: 'v1', dimensions: 2, sha256: 'x' },
      architecture: { type: 'residual-unet', filters: spec.filters },
      channels: ['GFP', 'DAPI'].map((name, index) => ({ index, name })),
    } as unknown as ModelCard;
    const parameters = new Float32Array(parameterCount(spec));
    const start = (more: Sample[]) =>
      prepareTraining({ samples: more, settings: SETTINGS, start: { card, parameters } });
    const tuned = await start([samples[0]]);
    assert.deepEqual(
      tuned.channels.map(({ name }) => name),
      ['GFP', 'DAPI'],
    );
    const other = await start([named('d', 'Cy5', 'TL')]);
    assert.deepEqual(other.warnings, ['old@v1 has the channels GFP, DAPI, d others: taken by their places']);
    const guessed = await start([named('n', 'Channel 0', 'Channel 1')]);
    assert.deepEqual(guessed.warnings, [
      'old@v1 has the channels GFP, DAPI, n no names of them: taken by their places',
    ]);
  });

  it('knows the same data by its content, wherever it lies', async () => {
    const sample = album.sample('a');
    const copy = path.join(album.folder, 'elsewhere.raw');
    copyFileSync(fileURLToPath(sample.raw.uri), copy);
    const moved = { ...sample, raw: { ...sample.raw, uri: pathToFileURL(copy).href } };
    const { key } = await prepare([sample]);
    assert.equal((await prepare([moved])).key, key);
    assert.notEqual((await prepare([sample], { learningRate: 0.02 })).key, key);
    assert.equal((await prepare([sample], { model: 'renamed' })).key, key);
    writeFileSync(copy, Buffer.alloc(2048, 7));
    assert.notEqual((await prepare([moved])).key, key);
    await assert.rejects(prepare([{ ...sample, raw: { ...sample.raw, uri: 'file:///nowhere.tif' } }]), /nowhere\.tif/);
  });

  it('takes no file that was overwritten while the training waited', async () => {
    const sample = album.sample('a');
    const version = await fileVersion(fileURLToPath(sample.raw.uri));
    const loaded = { ...sample, raw: { ...sample.raw, file: version } };
    assert.equal((await prepare([loaded])).key, (await prepare([sample])).key);
    writeFileSync(fileURLToPath(sample.raw.uri), Buffer.alloc(2049, 7));
    const [line, ...others] = await overwrittenImages([loaded, sample]);
    assert.match(line, /a-raw\.raw has changed since .*\. The training may have read both$/);
    assert.equal(others.length, 0);
    await assert.rejects(prepare([loaded]), { code: 'changed', message: /a-raw\.raw has changed since it was loaded/ });
  });

  it('names what differs from the model to start from', async () => {
    const sample = album.sample('a');
    const spec = { dimensions: 2 as const, inChannels: 1, filters: [8, 16, 32] };
    const card = {
      name: 'old',
      version: 'v1',
      architecture: { type: 'residual-unet', filters: spec.filters },
      dimensions: 2,
      channels: [{ index: 0, name: 'c' }],
      sha256: 'x',
    } as unknown as ModelCard;
    const parameters = new Float32Array(parameterCount(spec));
    const start = (more: Partial<ModelCard>) =>
      prepareTraining({ samples: [sample], settings: SETTINGS, start: { card: { ...card, ...more }, parameters } });
    const fits = await start({});
    assert.notEqual(fits.key, (await prepare([sample])).key);
    assert.deepEqual((await prepare([sample])).normalisation, { method: 'background-contrast' });
    const before = { method: 'percentile-zscore' as const, low: 1, high: 99 };
    const further = await start({ normalisation: before });
    assert.deepEqual(further.normalisation, before, 'the weights were learnt with it');
    assert.notEqual(further.key, fits.key);
    assert.deepEqual(fits.spec.filters, [8, 16, 32], 'its levels, whatever the patch carries');
    const five = { type: 'residual-unet', filters: [8, 16, 32, 64, 64] };
    await assert.rejects(start({ architecture: five }), /expected weights \d+ as this training has, got/);
    const ofAnySize = {
      samples: [sample],
      settings: { ...SETTINGS, modelSize: 'auto' as const },
      start: { card, parameters },
    };
    const taken = await prepareTraining(ofAnySize);
    assert.deepEqual([taken.spec.filters, taken.quick], [[8, 16, 32], null], 'auto: the size that it has');
    await assert.rejects(start({ dimensions: 3 }), /cannot start from old@v1: expected dimensions 2 .* got 3/);
    await assert.rejects(start({ channels: [...card.channels, ...card.channels] }), /expected channels 1 .* got 2/);
    await assert.rejects(
      start({ architecture: { type: 'residual-unet', filters: [16, 32, 64] } }),
      /expected model size 8-16-32 .* got 16-32-64/,
    );
  });
});
