import assert from 'node:assert/strict';
import path from 'node:path';
import { createImageWriter } from '../../src/formats/image-writer';
import { fileName } from '../../src/jobs/implementations/save-image';
import { listSamples } from '../../src/samples/listing/list-samples';
import { openSample } from '../../src/samples/open-sample';
import type { SampleRequest } from '../../src/samples/request';
import { type BuildBlock, buildCzi } from '../formats/czi/czi-builder';
import { requestOf, type TemporaryFolder, temporaryFolder } from './temporary-files';

const HEIGHT = 4;
/** Scene s of a slide is so wide. */
const WIDTHS = [6, 7, 8];

describe('masks of single scenes', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  async function slide(name: string, widths = WIDTHS): Promise<string> {
    const blocks = widths.map((width, scene): BuildBlock => {
      const payload = new Uint8Array(HEIGHT * width);
      return { pixelType: 0, x: 100 * scene, width, height: HEIGHT, at: { S: scene, C: 0 }, payload };
    });
    return folder.write(name, buildCzi(blocks));
  }

  async function mask(name: string, width: number): Promise<string> {
    await folder.touch(`${path.dirname(name)}/.keep`);
    const shape = [1, 1, 1, HEIGHT, width] as const;
    const info = { shape, dtype: 'uint8' as const, channels: [{ index: 0, name: 'mask' }], pixelSize: null };
    const writer = await createImageWriter(folder.at(name), { ...info, shape: [...shape] }, 'ome-tiff', {
      existing: 'replace',
    });
    await writer.write(new Uint8Array(HEIGHT * width));
    await writer.finish();
    return folder.at(name);
  }

  /** `id scene width-of-seg1` of each sample, or `id: message` of what failed; notes in a list of their own. */
  async function load(given: Partial<SampleRequest>) {
    const request = requestOf(given);
    const { entries } = await listSamples(request, [folder.path]);
    const samples: string[] = [];
    const notes: string[] = [];
    for (const entry of entries) {
      const opened = await openSample(entry, request, [folder.path]).catch((error) => [{ id: entry.id, error }]);
      for (const each of opened) {
        if ('error' in each) samples.push(`${each.id}: ${each.error.message.replaceAll(folder.path, '')}`);
        else {
          samples.push(`${each.id} ${each.raw.scene} ${each.seg1?.shape[4]}`);
          notes.push(...(each.raw.notes ?? []).map((note) => note.replaceAll(folder.path, '')));
        }
      }
    }
    return { samples, notes };
  }

  const saved = (id: string) =>
    fileName({ id, role: 'mask', settings: { format: 'ome-tiff', filename: null } } as Parameters<typeof fileName>[0]);
  const all = ['slide_s0 0 6', 'slide_s1 1 7', 'slide_s2 2 8'];

  it('what save-image writes of scenes pairs back, whatever way in', async () => {
    const raw = await slide('in/slide.czi');
    for (const [scene, width] of WIDTHS.entries()) await mask(`out/${saved(`slide_s${scene}`)}`, width);
    for (const given of [
      { raw, seg1: folder.at('out') },
      { raw: folder.at('in'), seg1: folder.at('out') },
      { raw: folder.at('in', '*.czi'), seg1: folder.at('out', '*_mask.ome.tiff') },
      { raw: folder.at('in'), seg1: folder.at('out'), suffixes: { seg1: '_mask' } },
    ]) {
      assert.deepEqual(await load(given), { samples: all, notes: [] });
      assert.deepEqual((await load({ ...given, scene: 1 })).samples, [all[1]]);
    }
    const rows = WIDTHS.map((_, scene) => `in/slide.czi,out/slide_s${scene}_mask.ome.tiff`);
    const manifest = await folder.write('m.csv', ['raw,seg1', ...rows].join('\n'));
    assert.deepEqual(
      (await load({ manifest })).samples,
      all.map((sample) => `in/${sample}`),
    );
  });

  it('pairs in folders, with whole files beside them, and ids that a disk does not take as they are', async () => {
    await slide('in/p/slide.czi');
    await slide('in/p/one.czi', [9]);
    await slide('in/p/a:b.czi');
    await mask(`out/${saved('p/one')}`, 9);
    for (const [scene, width] of WIDTHS.entries()) {
      await mask(`out/${saved(`p/slide_s${scene}`)}`, width);
      await mask(`out/${saved(`p/a:b_s${scene}`)}`, width);
    }
    const { samples } = await load({ raw: folder.at('in'), seg1: folder.at('out') });
    const ofScenes = (id: string) => WIDTHS.map((width, scene) => `p/${id}_s${scene} ${scene} ${width}`);
    assert.deepEqual(samples, [...ofScenes('a:b'), 'p/one 0 9', ...ofScenes('slide')]);
  });

  it('scenes without a mask of their own are left out, and a note tells of them', async () => {
    const raw = await slide('slide.czi');
    const seg1 = await mask('slide_s1_mask.ome.tif', 7);
    const manifest = await folder.write('m.csv', 'raw,seg1\nslide.czi,slide_s1_mask.ome.tif\n');
    for (const given of [{ raw, seg1 }, { manifest }]) {
      assert.deepEqual(await load(given), {
        samples: ['slide_s1 1 7'],
        notes: ['left out for want of seg1: scenes 0, 2 of /slide.czi'],
      });
      const { samples } = await load({ ...given, scene: 2 });
      assert.deepEqual(samples, [
        'slide_s2: seg1 of scene 2 of /slide.czi: expected a file named slide_s2, found those of scene 1',
      ]);
    }
  });

  it('a file of one image serves the scene that is named, whatever its own name', async () => {
    const raw = await slide('slide.czi');
    const seg1 = await mask('drawn by hand.ome.tif', 7);
    assert.deepEqual((await load({ raw, seg1, scene: 1 })).samples, ['slide_s1 1 7']);
    const manifest = await folder.write('m.csv', 'raw,seg1,scene\nslide.czi,drawn by hand.ome.tif,1\n');
    assert.deepEqual((await load({ manifest })).samples, ['slide_s1 1 7']);
    assert.deepEqual((await load({ raw, seg1, scene: 0 })).samples, [
      'slide_s0: seg1 /drawn by hand.ome.tif (shape T,C,Z,Y,X): expected the same T, Z, Y and X as raw /slide.czi, scene 0, of shape 1, 1, 1, 4, 6, got [1,1,1,4,7]',
    ]);
  });

  it('one segmentation of nobody knows which scene is refused, one excluding mask goes for all', async () => {
    const raw = await slide('slide.czi', [6, 6]);
    const own = await mask('own.ome.tif', 6);
    const { samples } = await load({ raw, seg1: own });
    assert.equal(samples.length, 2);
    assert.match(samples[0], /own\.ome\.tif is one image, \/slide\.czi has 2 scenes: expected the scene .*slide_s0$/);
    assert.deepEqual((await load({ raw, excludeMask: own })).samples, ['slide_s0 0 undefined', 'slide_s1 1 undefined']);
  });

  it('a scene that fails stops no other, nor does a mask for a scene that is not there', async () => {
    await slide('in/slide.czi');
    for (const [scene, width] of [6, 70, 8].entries()) await mask(`out/slide_s${scene}_mask.ome.tif`, width);
    await mask('out/slide_s7_mask.ome.tif', 6);
    const { samples } = await load({ raw: folder.at('in'), seg1: folder.at('out') });
    assert.deepEqual([samples[0], samples[2]], [all[0], all[2]]);
    assert.match(samples[1], /^slide_s1: seg1 \/out\/slide_s1_mask\.ome\.tif .* got \[1,1,1,4,70\]$/);
    assert.equal(
      samples[3],
      'slide_s7: /out/slide_s7_mask.ome.tif is named for scene 7; /in/slide.czi has scenes 0 to 2',
    );
  });

  it('two masks of one scene concern that image only', async () => {
    await slide('in/slide.czi');
    await slide('in/other.czi', [9]);
    await mask('out/slide_s0.ome.tif', 6);
    await mask('out/slide_s0.tif', 6);
    await mask('out/other.ome.tif', 9);
    const { samples } = await load({ raw: folder.at('in'), seg1: folder.at('out') });
    assert.equal(samples[0], 'other 0 9');
    assert.match(samples[1], /^slide: seg1: 2 files have the id "slide_s0", expected one: /);
  });

  it('numbers of sites in names are no scenes where they tell raw images apart, or there is one image', async () => {
    await slide('in/plate_s1.czi', [6]);
    await slide('in/plate_s2.czi', [7]);
    await mask('out/plate_s1_mask.ome.tif', 6);
    await mask('out/plate_s2_mask.ome.tif', 7);
    const sites = await load({ raw: folder.at('in'), seg1: folder.at('out') });
    assert.deepEqual(sites.samples, ['plate_s1 0 6', 'plate_s2 0 7']);
    const raw = await slide('exp.czi', [6]);
    await mask('seg/exp_s1.ome.tif', 6);
    assert.deepEqual((await load({ raw, seg1: folder.at('seg') })).samples, ['exp 0 6']);
  });
});
