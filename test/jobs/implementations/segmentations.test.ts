import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkSamples, gatherFacts } from '../../../src/curation/checks';
import { describeImage, openDescription } from '../../../src/formats';
import type { ImageDescription } from '../../../src/image/description';
import { DEFAULT_RULE } from '../../../src/image/normalisation';
import { type Shape5, wholeRegion } from '../../../src/image/region';
import { applyDecisionJob } from '../../../src/jobs/implementations/apply-decision';
import { evaluateJob } from '../../../src/jobs/implementations/evaluate';
import { excludeRegionsJob } from '../../../src/jobs/implementations/exclude-regions';
import { listPatchesJob } from '../../../src/jobs/implementations/list-patches';
import { mergeMasksJob } from '../../../src/jobs/implementations/merge-masks';
import { JobFiles } from '../../../src/jobs/io/job-files';
import type { Purpose } from '../../../src/masks/foreground';
import type { Sample } from '../../../src/samples/sample';
import { loadTrainingData } from '../../../src/training/data/load-images';
import { type OpenPart, openPart } from '../../../src/training/data/open-part';
import { openPicture } from '../../../src/views/open-picture';
import { DECISION } from '../../curation/samples';
import { DISKS, drawn, HEIGHT, picture, tiff, WIDTH } from '../../samples/drawn-masks';
import { pixelsOf, Workbench } from './workbench';

const SHAPE: Shape5 = [1, 1, 1, HEIGHT, WIDTH];
const PLAN = { sizeZ: null, sizeY: 16, sizeX: 16, perImage: 2, sampling: 'balanced', overlap: 0, seed: 1 } as const;

describe('a segmentation on every way in', () => {
  let bench: Workbench;
  let raw: ImageDescription;
  beforeEach(async () => {
    bench = await Workbench.open();
    await mkdir(bench.data, { recursive: true });
    raw = await bench.image(
      'raw.ome.tiff',
      SHAPE,
      drawn(Uint8Array, (d, x, y) => 50 * d + ((x * y) % 7)),
    );
  });
  afterEach(() => bench.close());

  async function file(name: string, bytes: Uint8Array): Promise<ImageDescription> {
    const place = path.join(bench.data, name);
    await writeFile(place, bytes);
    return describeImage(place, { id: 'a' });
  }
  let images = 0;
  const disks = () => bench.image(`disks${images++}.ome.tiff`, SHAPE, DISKS);
  const load = (sample: Sample, open?: OpenPart) =>
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
      { memoryMB: 100, open },
    );
  const ways: Record<string, (seg1: ImageDescription) => Promise<unknown>> = {
    'merge-masks': (seg1) =>
      mergeMasksJob({ sample: { id: 'a', raw, seg1 }, base: 'seg1', regions: null }, bench.context()),
    patch: (seg1) => listPatchesJob({ sample: { id: 'a', raw, seg1 }, plan: PLAN }, bench.context()),
    train: async (seg1) => (await load({ id: 'a', raw, seg1 })).close(),
    'evaluate, truth': async (seg1) =>
      evaluateJob({ predicted: await disks(), truth: seg1, weight: null }, bench.context()),
    'evaluate, predicted': async (seg1) =>
      evaluateJob({ predicted: seg1, truth: await disks(), weight: null }, bench.context()),
  };

  for (const [way, run] of Object.entries(ways)) {
    it(`${way} refuses labels 1 and 2 with file, values and remedy, and takes them as told`, async () => {
      const seg = await file('ilastik.tif', tiff(drawn(Uint8Array, (d) => (d ? 1 : 2))));
      await assert.rejects(run(seg), {
        code: 'invalid-input',
        message: /ilastik\.tif\) has no background: its values are 1, 2, expected 0 too; say what is foreground/,
      });
      await run({ ...seg, foreground: { kind: 'values', values: [1] } });
    });
  }

  it('a training that cannot open a segmentation closes what it has opened', async () => {
    const seg1 = await file('ilastik.tif', tiff(drawn(Uint8Array, (d) => (d ? 1 : 2))));
    let isOpen = false;
    const open: OpenPart = async (image, options) => {
      const part = await openPart(image, options);
      isOpen = true;
      const close = async () => {
        await part.close();
        isOpen = false;
      };
      return { ...part, read: (region, more) => part.read(region, more), close };
    };
    await assert.rejects(load({ id: 'a', raw, seg1 }, open), /has no background/);
    assert.equal(isOpen, false);
  });

  it('patches lie where the raw file holds pixels, not on planes that it lacks', async () => {
    const size = `SizeX="${WIDTH}" SizeY="${HEIGHT}" SizeZ="1" SizeC="1" SizeT="2"`;
    const pixels = `<Pixels DimensionOrder="XYZCT" Type="uint8" ${size}><Channel/><TiffData IFD="0" FirstT="1"/></Pixels>`;
    const description = `<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image>${pixels}</Image></OME>`;
    const part = await file('part.ome.tif', tiff(DISKS, { description }));
    assert.deepEqual(part.notes, ['1 of 2 planes are missing and read as 0']);
    const seg1 = await bench.image('seg.ome.tiff', [2, 1, 1, HEIGHT, WIDTH], Uint8Array.of(...DISKS, ...DISKS));
    for (const sampling of ['balanced', 'random', 'grid'] as const) {
      const plan = { ...PLAN, sampling };
      const regions = await listPatchesJob({ sample: { id: 'a', raw: part, seg1 }, plan }, bench.context());
      assert.deepEqual([...new Set(regions.map((region) => region?.start[0]))], [1], sampling);
    }
  });

  it('merging, training and evaluation see the same pixels, whatever the file', async () => {
    const palette = await picture(3, (d) => (d ? [0, 0, 90 * d] : [0, 0, 0]))
      .png({ palette: true })
      .toBuffer();
    const files = {
      'labels.tif': tiff(DISKS),
      'palette.png': palette,
      'colours.png': await picture(3, (d) => [0, 80 * d, 0])
        .png()
        .toBuffer(),
      'inverted.tif': tiff(
        drawn(Uint8Array, (d) => (d ? 0 : 255)),
        { photometric: 0 },
      ),
      'lossy.jpg': await picture(1, (d) => [d ? 255 : 0])
        .toColourspace('b-w')
        .jpeg()
        .toBuffer(),
    };
    const truth = await bench.image('truth.ome.tiff', SHAPE, DISKS);
    const inside = DISKS.reduce((sum, disk) => sum + (disk ? 1 : 0), 0);
    for (const [name, bytes] of Object.entries(files)) {
      const seg1 = await file(name, bytes);
      const target = await mergeMasksJob(
        { sample: { id: 'a', raw, seg1 }, base: 'seg1', regions: null },
        bench.context(),
      );
      // Of colours and greys nothing tells objects apart; labels and a palette's indices do, whichever these are.
      const isNumbered = ['labels.tif', 'palette.png'].includes(name);
      const expected = isNumbered ? inOrder([...DISKS]) : Array.from(DISKS, (disk) => (disk ? 255 : 0));
      const merged = await pixelsOf(target);
      assert.deepEqual(isNumbered ? inOrder(merged) : merged, expected, name);
      const scores = await evaluateJob({ predicted: seg1, truth, weight: null }, bench.context());
      assert.deepEqual([scores.dice, scores.objectF1], [1, 1], name);
      const data = await load({ id: 'a', raw, seg1 });
      assert.equal(data.images[0].index.foregroundCount, inside, name);
      assert.equal(
        data.warnings.length > 0,
        ['lossy.jpg', 'colours.png', 'inverted.tif'].includes(name),
        data.warnings.join(),
      );
      await data.close();
    }
  });

  it('what merging made needs no judge: a target that is all foreground is one', async () => {
    const seg1 = {
      ...(await file('full.tif', tiff(new Uint8Array(DISKS.length).fill(9)))),
      foreground: { kind: 'non-zero' } as const,
    };
    const target = await mergeMasksJob(
      { sample: { id: 'a', raw, seg1 }, base: 'seg1', regions: null },
      bench.context(),
    );
    assert.deepEqual(target.foreground, { kind: 'non-zero' });
    const { dice } = await evaluateJob({ predicted: target, truth: target, weight: null }, bench.context());
    assert.equal(dice, 1);
  });

  it('masks to exclude and merge by are read alike', async () => {
    const palette = await picture(3, (d) => (d ? [255, 0, 0] : [0, 0, 0]))
      .png({ palette: true })
      .toBuffer();
    await writeFile(path.join(bench.data, 'exclude.png'), palette);
    const regions = path.join(bench.data, 'exclude.png');
    const weight = await excludeRegionsJob({ sample: { id: 'a', raw }, regions }, bench.context());
    assert.deepEqual(
      await pixelsOf(weight),
      Array.from(DISKS, (disk) => (disk ? 0 : 1)),
    );
    const inverted = await file(
      'inverted.tif',
      tiff(
        drawn(Uint8Array, (d) => (d ? 0 : 255)),
        { photometric: 0 },
      ),
    );
    const zeros = await bench.image('zeros.ome.tiff', SHAPE, new Uint8Array(DISKS.length));
    const sample = { id: 'a', raw, seg1: zeros, seg2: inverted };
    const target = await mergeMasksJob({ sample, base: 'seg1', regions: inverted }, bench.context());
    assert.deepEqual(
      await pixelsOf(target),
      Array.from(DISKS, (disk) => (disk ? 255 : 0)),
    );
    assert.match(
      (target.notes ?? []).join(),
      /seg2 of sample a has an inverting look-up table.*merging mask has an inverting/,
    );
    const weighted = { predicted: zeros, truth: zeros, weight: inverted };
    assert.match(
      String((await evaluateJob(weighted, bench.context())).warnings),
      /^weight has an inverting look-up table/,
    );
    const masked = { ...sample, mergeMask: inverted, excludeMask: inverted };
    const decision = { ...DECISION, merge: [], exclude: [], strokes: [] };
    const curated = await applyDecisionJob({ sample: masked, decision }, bench.context());
    assert.match(String(curated.target?.notes), /seg2 of sample a has an inverting.*merging mask has an inverting/);
    assert.match(String(curated.weight?.notes), /^excluding mask has an inverting/);
    const two = await file('two.tif', tiff(drawn(Uint8Array, (d) => (d ? 1 : 2))));
    await assert.rejects(
      excludeRegionsJob({ sample: { id: 'a', raw }, regions: two }, bench.context()),
      /excluding mask \(.*two\.tif\) has no background/,
    );
  });

  it('the curation page draws what is taken, and what nobody can judge as it is stored', async () => {
    const draw = async (image: ImageDescription, purpose: Purpose = 'segmentation') => {
      const picture = await openPicture(image, purpose, (path) =>
        JobFiles.use(bench.context(), (files) => files.path(path)),
      );
      const pixels = await picture.read(0, wholeRegion(picture.shape), new AbortController().signal);
      await picture.close();
      return Array.from(pixels);
    };
    const mask = Array.from(DISKS, (disk) => (disk ? 1 : 0));
    const green = await picture(3, (d) => [0, d ? 255 : 0, 0])
      .png()
      .toBuffer();
    assert.deepEqual(await draw(await file('green.png', green)), mask);
    const inverted = tiff(
      drawn(Uint8Array, (d) => (d ? 0 : 255)),
      { photometric: 0 },
    );
    assert.deepEqual(await draw(await file('inverted.tif', inverted)), mask);
    // A mask may hold everywhere, and then no pixel of its file tells what is outside.
    const everywhere = tiff(new Uint8Array(DISKS.length), { photometric: 0 });
    assert.deepEqual(
      await draw(await file('everywhere.tif', everywhere), 'mask'),
      mask.map(() => 1),
    );
    const negative = tiff(drawn(Int8Array, (d) => -d));
    assert.deepEqual(await draw(await file('negative.tif', negative)), mask);
  });

  it("curate's checks say the same", async () => {
    const findings = async (seg1: ImageDescription) => {
      const facts = await gatherFacts({ id: 'a', raw, seg1 }, { open: (image) => openDescription(image) });
      return checkSamples([facts], new Date(0)).findings.filter(({ check }) => check === 'labels');
    };
    const seg = await file('ilastik.tif', tiff(drawn(Uint8Array, (d) => (d ? 1 : 2))));
    const [{ severity, message }] = await findings(seg);
    assert.equal(severity, 'error');
    assert.match(message, /^seg1 of a has no background: its values are 1, 2, expected 0 too; say what is foreground/);
    assert.deepEqual(await findings({ ...seg, foreground: { kind: 'except', values: [2] } }), []);
    const colour = await findings(
      await file(
        'green.png',
        await picture(3, (d) => [0, d ? 255 : 0, 0])
          .png()
          .toBuffer(),
      ),
    );
    assert.deepEqual(
      colour.map((finding) => finding.severity),
      ['note'],
    );
  });
});

/** Numbers of objects from 1 on, in the order in which they appear. */
function inOrder(labels: number[]): number[] {
  const known = new Map([[0, 0]]);
  return labels.map((label) => {
    const number = known.get(label) ?? known.size;
    known.set(label, number);
    return number;
  });
}
