import assert from 'node:assert/strict';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Decision } from '../../../src/curation/decision';
import { ReviewFolder } from '../../../src/curation/review-folder';
import type { PixelArray } from '../../../src/image/dtype';
import type { Shape5 } from '../../../src/image/region';
import { applyDecisionJob } from '../../../src/jobs/implementations/apply-decision';
import { checkSamplesJob } from '../../../src/jobs/implementations/check-samples';
import { exportReviewJob } from '../../../src/jobs/implementations/export-review';
import { keepImagesJob } from '../../../src/jobs/implementations/keep-images';
import type { Sample } from '../../../src/samples/sample';
import { pixelsOf, Workbench } from './workbench';

const SHAPE: Shape5 = [1, 1, 2, 4, 5];
const DECISION: Decision = { state: 'used', reason: null, base: 'seg1', merge: [], exclude: [], strokes: [] };

describe('jobs of a review', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await Workbench.open();
  });
  afterEach(() => bench.close());

  const scratch = () => path.join(bench.folder, 'cache', 'segmenter-scratch');

  async function sample(raw: PixelArray = Uint16Array.from({ length: 40 }, (_, i) => i)): Promise<Sample> {
    return {
      id: 'plate/a',
      raw: await bench.image('a.ome.tiff', SHAPE, raw, { pixelSize: { z: 1, y: 0.5, x: 0.5 } }),
      seg1: await bench.image('a_1.ome.tiff', SHAPE, new Uint8Array(40).fill(1, 0, 20)),
      seg2: await bench.image('a_2.ome.tiff', SHAPE, new Uint16Array(40).fill(7, 20, 40)),
    };
  }

  it('apply-decision: base, the other inside the merging mask of one plane, the brush, and the weight', async () => {
    const decision: Decision = {
      ...DECISION,
      merge: [
        {
          rings: [
            [
              [0, 0],
              [1, 0],
              [1, 1],
              [0, 1],
            ],
          ],
          z: [1, 1],
        },
      ],
      exclude: [
        {
          rings: [
            [
              [3, 2],
              [4, 2],
              [4, 3],
              [3, 3],
            ],
          ],
          z: null,
        },
      ],
      strokes: [{ points: [[4, 0]], radius: 0, value: 0, z: [0, 0] }],
    };
    const given = await sample();
    for (const limits of [{}, { bandPixels: 5 }]) {
      const curated = await applyDecisionJob({ sample: given, decision }, { ...bench.context(), limits });
      const first = [255, 255, 255, 255, 0, ...new Array(15).fill(255)];
      const second = [255, 255, 0, 0, 0, 255, 255, 0, 0, 0, ...new Array(10).fill(0)];
      assert.ok(curated.target && curated.weight);
      assert.deepEqual(await pixelsOf(curated.target), [...first, ...second]);
      const plane = [...new Array(13).fill(1), 0, 0, 1, 1, 1, 0, 0];
      assert.deepEqual(await pixelsOf(curated.weight), [...plane, ...plane]);
      assert.deepEqual(curated.target.pixelSize, given.raw.pixelSize);
      assert.deepEqual([curated.id, curated.base], ['plate/a', 'seg1']);
      assert.ok(curated.mergeMask && curated.excludeMask);
    }
  });

  it('apply-decision: nothing excluded needs no weight; a base that is not there is refused', async () => {
    const { seg2: _, ...given } = await sample();
    const curated = await applyDecisionJob({ sample: given, decision: DECISION }, bench.context());
    assert.equal(curated.weight, undefined);
    const other: Decision = { ...DECISION, base: 'seg2' };
    await assert.rejects(applyDecisionJob({ sample: given, decision: other }, bench.context()), {
      code: 'invalid-input',
    });
  });

  it('keep-images: copies what lies in the scratch store, and only that; once', async () => {
    const given = await sample();
    const seg2 = await bench.image('mask_1-0123456789abcdef.ome.tiff', SHAPE, new Uint8Array(40).fill(3), {
      folder: scratch(),
    });
    const folder = path.join(bench.data, 'review', 'images');
    const kept = await keepImagesJob({ sample: { ...given, seg2 }, folder }, bench.context());
    assert.deepEqual([kept.raw, kept.seg1], [given.raw, given.seg1]);
    assert.deepEqual(await readdir(folder), ['.segmenter-files', 'mask_1-0123456789abcdef.ome.tiff']);
    await rm(fileURLToPath(seg2.uri));
    assert.ok(kept.seg2);
    assert.deepEqual(await pixelsOf(kept.seg2), new Array(40).fill(3));
    await assert.rejects(
      keepImagesJob({ sample: { ...given, seg2 }, folder: path.join(bench.data, 'x') }, bench.context()),
      {
        code: 'not-found',
      },
    );
    await assert.rejects(keepImagesJob({ sample: given, folder: '/etc/review' }, bench.context()), {
      code: 'not-allowed',
    });
  });

  it('check-samples: looks at all samples of a folder and reports', async () => {
    const folder = path.join(bench.data, 'review');
    const review = await ReviewFolder.open(folder);
    await review.add(await sample());
    const empty = await bench.image('empty.ome.tiff', SHAPE, new Uint8Array(40));
    await review.add({ ...(await sampleNamed('b')), seg1: empty });
    const context = bench.context<'check-samples'>();
    const report = await checkSamplesJob({ folder }, context);
    assert.equal(report.samples, 2);
    assert.deepEqual(
      context.seen.map(({ done, total }) => [done, total]),
      [
        [1, 2],
        [2, 2],
      ],
    );
    const found = report.findings.filter(({ samples, check }) => check === 'labels' && samples.includes('b'));
    assert.equal(found.length, 1, JSON.stringify(report.findings));
    await assert.rejects(checkSamplesJob({ folder }, bench.context(AbortSignal.abort())), { code: 'cancelled' });
  });

  it('export-review: tables of the used samples, the target of one that was corrected by brush', async () => {
    const folder = path.join(bench.data, 'review');
    const review = await ReviewFolder.open(folder);
    const given = await sample();
    await review.add(given);
    await review.add(await sampleNamed('undecided'));
    const strokes: Decision['strokes'] = [{ points: [[4, 0]], radius: 0, value: 0, z: null }];
    const decision: Decision = { ...DECISION, strokes };
    await review.save('plate/a', { revision: 0, decision }, null);
    const { target } = await applyDecisionJob({ sample: given, decision }, bench.context());
    assert.ok(target);
    const input = { folder, seed: 0, paths: 'absolute' as const, targets: { 'plate/a': target } };
    const { samples, remarks } = await exportReviewJob(input, bench.context());
    assert.deepEqual([samples, remarks], [['plate/a'], []]);
    const table = await readFile(path.join(folder, 'tables', 'samples.csv'), 'utf8');
    assert.ok(table.includes(`,${path.join(folder, 'targets', 'plate%2Fa.ome.tiff')},`), table);
    assert.deepEqual(await readdir(path.join(folder, 'targets')), ['.segmenter-files', 'plate%2Fa.ome.tiff']);
    // The tables replace earlier ones, and are no records.
    await exportReviewJob(input, bench.context());
    assert.equal((await ReviewFolder.open(folder)).list().length, 2);
  });

  async function sampleNamed(id: string): Promise<Sample> {
    const raw = await bench.image(
      `${id}.ome.tiff`,
      SHAPE,
      new Uint16Array(40).map((_, i) => 3 * i),
    );
    return { id, raw };
  }
});
