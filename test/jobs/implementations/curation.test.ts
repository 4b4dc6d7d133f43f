import assert from 'node:assert/strict';
import { readdir, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Decision, Stroke } from '../../../src/curation/decision';
import type { Shape5 } from '../../../src/image/region';
import { applyDecisionJob } from '../../../src/jobs/implementations/apply-decision';
import { excludeRegionsJob } from '../../../src/jobs/implementations/exclude-regions';
import { listPatchesJob } from '../../../src/jobs/implementations/list-patches';
import { listSamplesJob, openSampleJob } from '../../../src/jobs/implementations/list-samples';
import { mergeMasksJob } from '../../../src/jobs/implementations/merge-masks';
import type { SampleRequest } from '../../../src/jobs/job-types';
import type { Sample } from '../../../src/samples/sample';
import { pixelsOf, Workbench } from './workbench';

const REQUEST: SampleRequest = { rawChannel: 0, seg1Channel: 0, seg2Channel: 0, scene: null, time: null };
const PLANE: Shape5 = [1, 1, 1, 3, 4];

describe('curation jobs', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
  });
  afterEach(() => bench.close());

  /** A stack of 2 planes with two segmentations. */
  async function sample(): Promise<Sample> {
    const shape: Shape5 = [1, 1, 2, 3, 4];
    const pixelSize = { z: 1, y: 0.5, x: 0.5 };
    const raw = await bench.image(
      'a.ome.tiff',
      shape,
      Uint16Array.from({ length: 24 }, (_, i) => i),
      { pixelSize },
    );
    const seg1 = await bench.image('a_1.ome.tiff', shape, new Uint8Array(24).fill(1, 0, 12));
    const seg2 = await bench.image('a_2.ome.tiff', shape, new Uint16Array(24).fill(7, 12, 24));
    return { id: 'plate/a', raw, seg1, seg2 };
  }

  it('list-samples and open-sample: a folder with segmentations beside it', async () => {
    await bench.image('raw/a.tiff', PLANE, new Uint8Array(12));
    await bench.image('raw/b.tiff', PLANE, new Uint8Array(12));
    await bench.image('seg/a.tiff', PLANE, new Uint8Array(12));
    await bench.image('seg/b.tiff', PLANE, new Uint8Array(12));
    const request = { ...REQUEST, raw: path.join(bench.data, 'raw'), seg1: path.join(bench.data, 'seg') };
    const { entries } = await listSamplesJob(request, bench.context());
    assert.deepEqual(
      entries.map(({ id }) => id),
      ['a', 'b'],
    );
    const samples = await openSampleJob({ entry: entries[1], request }, bench.context());
    assert.equal(samples.length, 1);
    const [opened] = samples;
    assert.equal(opened.id, 'b');
    assert.deepEqual('raw' in opened && opened.seg1?.shape, [...PLANE]);
  });

  it('list-samples and open-sample: an upload in the scratch store, outside the roots', async () => {
    const upload = await bench.image('x.tiff', PLANE, new Uint8Array(12).fill(9), {
      folder: path.join(bench.folder, 'cache', 'segmenter-scratch'),
    });
    const request = { ...REQUEST, raw: { bytesFile: fileURLToPath(upload.uri), filename: 'field 3.tif' } };
    const { entries } = await listSamplesJob(request, bench.context());
    assert.equal(entries[0].id, 'field 3');
    const [opened] = await openSampleJob({ entry: entries[0], request }, bench.context());
    assert.ok('raw' in opened);
    assert.deepEqual(await pixelsOf(opened.raw), new Array(12).fill(9));
  });

  it('merge-masks: the other segmentation inside the polygon, the base elsewhere, with the pixel size of raw', async () => {
    const given = await sample();
    const regions = [
      [
        [0, 0],
        [0, 1],
        [2, 1],
        [2, 0],
      ],
    ];
    const context = bench.context<'merge-masks'>();
    const target = await mergeMasksJob({ sample: given, base: 'seg1', regions }, context);
    const row = (...values: number[]) => [...values, ...values, ...values];
    assert.deepEqual(await pixelsOf(target), [...row(0, 0, 255, 255), ...row(255, 255, 0, 0)]);
    assert.equal(target.id, 'plate/a');
    assert.equal(target.dtype, 'uint8');
    assert.equal(target.channels[0].name, 'target');
    assert.deepEqual(target.pixelSize, { z: 1, y: 0.5, x: 0.5 });
    assert.deepEqual(context.seen.at(-1), { done: 2, total: 2, text: 'merging' });
  });

  it('merge-masks: numbers of objects stay, and those that a mask cuts are told apart and told of', async () => {
    const raw = await bench.image('n.ome.tiff', PLANE, new Uint16Array(12));
    const seg1 = await bench.image('n_1.ome.tiff', PLANE, Uint16Array.of(5, 5, 5, 5, 0, 0, 0, 0, 300, 300, 0, 0));
    const seg2 = await bench.image('n_2.ome.tiff', PLANE, Uint8Array.of(1, 1, 1, 1, 0, 0, 0, 2, 0, 0, 0, 2));
    const inside = await bench.image('n_m.tiff', PLANE, Uint8Array.of(0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1));
    const given: Sample = { id: 'n', raw, seg1, seg2 };
    const target = await mergeMasksJob({ sample: given, base: 'seg1', regions: inside }, bench.context());
    assert.equal(target.dtype, 'uint32');
    assert.deepEqual(await pixelsOf(target), [5, 5, 301, 301, 0, 0, 0, 302, 300, 300, 0, 302]);
    assert.match(target.notes?.join() ?? '', /cuts objects \(1 of the base, 1 of the other/);
    const alone = await mergeMasksJob({ sample: given, base: 'seg1', regions: null }, bench.context());
    assert.deepEqual(await pixelsOf(alone), await pixelsOf(seg1));
    assert.equal(alone.notes, undefined);
  });

  it('apply-decision: numbers of objects stay, each piece that is painted has one behind them, and the unknown one that nothing has', async () => {
    const raw = await bench.image('p.ome.tiff', PLANE, new Uint16Array(12));
    const labels = Uint8Array.of(3, 3, 3, 0, 0, 0, 0, 0, 9, 0, 0, 200);
    const seg1 = await bench.image('p_1.ome.tiff', PLANE, labels);
    const unknown = { kind: 'values' as const, values: [200] };
    const stroke: Stroke = { points: [[2, 1]], radius: 0, value: 1, z: [0, 0] };
    const decision: Decision = {
      ...{ state: 'used', base: 'seg1', merge: [], exclude: [], reason: null },
      strokes: [stroke],
    };
    const made = await applyDecisionJob(
      { sample: { id: 'p', raw, seg1: { ...seg1, unknown } }, decision },
      bench.context(),
    );
    assert.ok(made.target);
    assert.deepEqual(await pixelsOf(made.target), [3, 3, 3, 0, 0, 0, 10, 0, 9, 0, 0, 2 ** 32 - 1]);
    assert.deepEqual(made.target.unknown, { kind: 'values', values: [2 ** 32 - 1] });
  });

  it('merge-masks: a mask image of one plane goes through the stack; without a mask the base alone', async () => {
    const given = await sample();
    const inside = await bench.image('m.tiff', PLANE, Uint8Array.of(1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0));
    const merged = await mergeMasksJob({ sample: given, base: 'seg2', regions: inside }, bench.context());
    const row = (...values: number[]) => [...values, ...values, ...values];
    assert.deepEqual(await pixelsOf(merged), [...row(255, 255, 0, 0), ...row(0, 0, 255, 255)]);
    const { seg2: _, ...only } = given;
    const base = await mergeMasksJob({ sample: only, base: 'seg1', regions: null }, bench.context());
    assert.deepEqual(await pixelsOf(base), [...new Array(12).fill(255), ...new Array(12).fill(0)]);
  });

  it('merge-masks: refuses a missing or differing segmentation and a mask that does not fit, and leaves no file', async () => {
    const given = await sample();
    const { seg2: _, ...only } = given;
    const regions = [
      [0, 0],
      [0, 1],
      [2, 1],
    ];
    await assert.rejects(mergeMasksJob({ sample: only, base: 'seg1', regions }, bench.context()), {
      code: 'invalid-input',
      message: /seg2 of sample plate\/a/,
    });
    const small = await bench.image('s.tiff', [1, 1, 2, 3, 3], new Uint8Array(18));
    await assert.rejects(
      mergeMasksJob({ sample: { ...given, seg1: small }, base: 'seg1', regions: null }, bench.context()),
      {
        code: 'invalid-input',
        message: /seg1 of sample plate\/a.*same T, Z, Y and X/,
      },
    );
    await assert.rejects(mergeMasksJob({ sample: given, base: 'seg1', regions: small }, bench.context()), {
      message: /merging mask/,
    });
    const nan = await bench.image('n.tiff', [1, 1, 2, 3, 4], new Float32Array(24).fill(Number.NaN));
    await assert.rejects(
      mergeMasksJob({ sample: { ...given, seg1: nan }, base: 'seg1', regions: null }, bench.context()),
      {
        code: 'invalid-input',
        message: /^seg1 of sample .*n\.tiff\) has \d+ pixels that are NaN.*a number in their place/,
      },
    );
    const left = await readdir(path.join(bench.folder, 'cache', 'segmenter-scratch'));
    assert.deepEqual(
      left.filter((name) => !name.startsWith('.')),
      [],
    );
  });

  it('exclude-regions: 0 inside, 1 elsewhere; without regions 1 everywhere', async () => {
    const given = await sample();
    const regions = {
      polygon: [
        [0, 0],
        [0, 3],
        [0.4, 3],
        [0.4, 0],
      ],
      z: [1, 1],
    };
    const weight = await excludeRegionsJob({ sample: given, regions }, bench.context());
    assert.deepEqual(await pixelsOf(weight), [...new Array(12).fill(1), 0, 0, 0, 0, ...new Array(8).fill(1)]);
    const all = await excludeRegionsJob({ sample: given, regions: null }, bench.context());
    assert.deepEqual(await pixelsOf(all), new Array(24).fill(1));
    await assert.rejects(excludeRegionsJob({ sample: given, regions: 42 }, bench.context()), { code: 'invalid-input' });
  });

  it('take a mask by the path of its file, polygons or image, inside the allowed folders only', async () => {
    const given = await sample();
    const corner = [
      [0, 0],
      [0, 1],
      [0.4, 1],
      [0.4, 0],
    ];
    const polygons = path.join(bench.data, 'dust.json');
    await writeFile(polygons, JSON.stringify(corner));
    const image = await bench.image('dust.tiff', PLANE, new Uint8Array(12).fill(9, 0, 2));
    const expected = [0, 0, ...new Array(10).fill(1), 0, 0, ...new Array(10).fill(1)];
    for (const regions of [polygons, fileURLToPath(image.uri), JSON.stringify(corner)]) {
      const weight = await excludeRegionsJob({ sample: given, regions }, bench.context());
      assert.deepEqual(await pixelsOf(weight), expected);
    }
    const merged = await mergeMasksJob({ sample: given, base: 'seg1', regions: polygons }, bench.context());
    assert.deepEqual((await pixelsOf(merged)).slice(0, 3), [0, 0, 255]);
    const outside = path.join(bench.folder, 'dust.json');
    await writeFile(outside, '[]');
    await assert.rejects(excludeRegionsJob({ sample: given, regions: outside }, bench.context()), {
      code: 'not-allowed',
    });
    await assert.rejects(excludeRegionsJob({ sample: given, regions: `${polygons}x` }, bench.context()), {
      code: 'not-found',
    });
  });

  it('list-patches: balanced patches lie on foreground, none on excluded voxels alone', async () => {
    const shape: Shape5 = [1, 1, 1, 32, 32];
    const raw = await bench.image('r.tiff', shape, new Uint8Array(1024));
    const foreground = Uint8Array.from({ length: 1024 }, (_, i) => (i % 32 >= 24 && i < 256 ? 255 : 0));
    const target = await bench.image('t.tiff', shape, foreground);
    const weight = await bench.image(
      'w.tiff',
      shape,
      Uint8Array.from({ length: 1024 }, (_, i) => (i < 512 ? 1 : 0)),
    );
    const plan = { sizeZ: null, sizeY: 8, sizeX: 8, perImage: 10, sampling: 'balanced' as const, overlap: 0, seed: 3 };
    const given: Sample = { id: 'r', raw, target, weight };
    const regions = await listPatchesJob({ sample: given, plan }, bench.context());
    assert.equal(regions.length, 10);
    for (const [i, region] of regions.entries()) {
      assert.ok(region);
      const [, , z, y, x] = region.start;
      assert.deepEqual(region.size, [1, 1, 1, 8, 8]);
      assert.ok(z === 0 && y < 16, `patch at ${y}, ${x}`);
      if (i % 2 === 0) assert.ok(x > 16 && y < 12, `patch ${i} at ${y}, ${x}`);
    }
    assert.deepEqual(await listPatchesJob({ sample: given, plan }, bench.context()), regions);
    await assert.rejects(listPatchesJob({ sample: given, plan: { ...plan, sizeX: 10 } }, bench.context()), {
      code: 'invalid-input',
      message: /sizeX.*multiple of 4/,
    });
  });

  it('refuses paths outside the allowed folders, missing files and evicted images', async () => {
    const given = await sample();
    const outside = await bench.image('o.tiff', [1, 1, 2, 3, 4], new Uint8Array(24), { folder: bench.folder });
    await assert.rejects(
      mergeMasksJob({ sample: { ...given, seg1: outside }, base: 'seg1', regions: null }, bench.context()),
      {
        code: 'not-allowed',
        message: /o\.tiff.*outside the allowed folders/,
      },
    );
    await assert.rejects(listSamplesJob({ ...REQUEST, raw: '/etc' }, bench.context()), { code: 'not-allowed' });
    const entry = { id: 'o', raw: fileURLToPath(outside.uri), scene: null };
    await assert.rejects(openSampleJob({ entry, request: REQUEST }, bench.context()), { code: 'not-allowed' });
    await assert.rejects(listSamplesJob({ ...REQUEST, raw: path.join(bench.data, 'none.tif') }, bench.context()), {
      code: 'not-found',
    });
    const target = await mergeMasksJob({ sample: given, base: 'seg1', regions: null }, bench.context());
    await unlink(fileURLToPath(target.uri));
    await assert.rejects(excludeRegionsJob({ sample: given, regions: target }, bench.context()), {
      code: 'not-found',
      message: /scratch store.*removed from outside, or by the store/,
    });
  });

  it('ends between planes when it is cancelled', async () => {
    const given = await sample();
    const controller = new AbortController();
    const context = bench.context<'exclude-regions'>(controller.signal);
    context.progress = () => controller.abort();
    await assert.rejects(excludeRegionsJob({ sample: given, regions: null }, context), { code: 'cancelled' });
  });
});
