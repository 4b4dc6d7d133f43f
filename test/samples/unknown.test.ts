import assert from 'node:assert/strict';
import { wholeRegion } from '../../src/image/region';
import { UNKNOWN } from '../../src/masks/target';
import { openSegmentation, type SegmentationOptions } from '../../src/samples/segmentation';
import { DISKS, drawn, tiff, WIDTH } from './drawn-masks';
import { binary, MASK, readDrawn } from './read-drawn';
import { openAll, requestOf, type TemporaryFolder, temporaryFolder } from './temporary-files';

const X = Uint8Array.from(DISKS, (_, i) => i % WIDTH);
/** Unknown: all columns but every fourth. */
const isKnown = (x: number) => x % 4 === 0;
/** 0 where nobody said what there is, 1 in the background, 2 inside of the disks. */
const SCRIBBLES = drawn(Uint8Array, (disk, x) => (isKnown(x) ? (disk ? 2 : 1) : 0));
const KNOWN = Uint8Array.from(X, (x) => (isKnown(x) ? 1 : 0));
const FOUND = MASK.map((inside, i) => (KNOWN[i] ? inside : 0));
const TARGET = MASK.map((inside, i) => (KNOWN[i] ? 255 * inside : UNKNOWN));

describe('unknown values of a segmentation', () => {
  let folder: TemporaryFolder;
  before(async () => {
    folder = await temporaryFolder();
  });
  after(() => folder.remove());

  const read = (
    name: string,
    bytes: Uint8Array,
    foreground: string,
    unknown: string,
    more: Partial<SegmentationOptions> = {},
  ) => readDrawn(folder, name, bytes, foreground, { unknown, ...more });

  const files: Array<[name: string, bytes: () => Uint8Array, foreground: string, unknown: string]> = [
    ['scribbles', () => tiff(SCRIBBLES), '2', '0'],
    ['scribbles by exclusion', () => tiff(SCRIBBLES), 'not 1', '0'],
    ['scribbles by bounds', () => tiff(SCRIBBLES), '> 1', '< 1'],
    ['an ignore label', () => tiff(drawn(Uint8Array, (disk, x) => (isKnown(x) ? disk : 255))), '', '255'],
    ['-1 of a signed type', () => tiff(drawn(Int8Array, (disk, x) => (isKnown(x) ? disk : -1))), '', '< 0'],
    [
      'NaN and fractions',
      () => tiff(drawn(Float32Array, (d, x) => (isKnown(x) ? Number(d > 0) : x % 2 ? NaN : 0.5))),
      '',
      'not 0, 1',
    ],
    ['two values', () => tiff(drawn(Uint8Array, (d, x) => (isKnown(x) ? (d ? 9 : 4) : 7 + (x % 2)))), '9', '7, 8'],
    ['many labels', () => tiff(drawn(Uint16Array, (d, x) => (isKnown(x) ? (d ? 100 + x : 0) : 65535))), '', '65535'],
  ];
  for (const [name, bytes, foreground, unknown] of files) {
    it(`are neither foreground nor background: ${name}`, async () => {
      const found = await read(`${name}.tif`, bytes(), foreground, unknown);
      assert.deepEqual(binary(found.pixels), FOUND);
      assert.equal(found.notes, '');
      assert.deepEqual(
        binary((await read(`${name}.tif`, bytes(), foreground, unknown, { labels: true })).pixels),
        FOUND,
      );
      assert.deepEqual((await read(`${name}.tif`, bytes(), foreground, unknown, { gives: 'target' })).pixels, TARGET);
      assert.deepEqual((await read(`${name}.tif`, bytes(), foreground, unknown, { gives: 'known' })).pixels, KNOWN);
    });
  }

  const refusals: Array<[name: string, bytes: Uint8Array, foreground: string, unknown: string, message: RegExp]> = [
    ['both', tiff(SCRIBBLES), '1, 2', '2', /is said to be both foreground and unknown where it is 2; leave it out/],
    ['both by bound', tiff(SCRIBBLES), '2', '> 1', /both foreground and unknown where it is 2/],
    ['the same', tiff(SCRIBBLES), 'non-zero', 'non-zero', /both foreground and unknown where it is non-zero/],
    [
      'nothing',
      tiff(drawn(Uint8Array, () => 0)),
      '2',
      '0',
      /holds nothing that is known: all of it is 0, said to be unknown/,
    ],
    [
      'no foreground said',
      tiff(SCRIBBLES),
      '',
      '0',
      /is foreground wherever it is known: its values there are 1, 2; say which/,
    ],
    [
      'an ignore label unsaid',
      tiff(drawn(Uint8Array, (d, x) => (isKnown(x) ? d : 255))),
      '',
      '',
      /as a mark for pixels to be ignored; say what is unknown .*"unknown"/,
    ],
  ];
  for (const [name, bytes, foreground, unknown, message] of refusals) {
    it(`are refused with file and remedy: ${name}`, async () => {
      await assert.rejects(read(`${name}.tif`, bytes, foreground, unknown), { code: 'invalid-input', message });
    });
  }

  it('count for no note', async () => {
    const dense = drawn(Uint8Array, (disk) => (disk ? 1 : 0));
    const notesOf = async (name: string, pixels: Uint8Array<ArrayBuffer>, foreground: string, unknown: string) =>
      (await read(name, tiff(pixels), foreground, unknown)).notes;
    // Foreground on most of the image, but on less than half of what is known.
    const mostly = drawn(Uint8Array, (disk, x, y) => (y < 40 ? 3 : disk ? 1 : x < 20 ? 1 : 0));
    assert.match(await notesOf('mostly.tif', mostly, '', ''), /is foreground on \d+ ?% of its pixels/);
    assert.equal(await notesOf('mostly.tif', mostly, '', '3'), '');
    assert.equal(await notesOf('dense.tif', dense, '', '3'), '');
    assert.match(
      await notesOf('one-sided.tif', SCRIBBLES, '1, 2', '0'),
      /is all foreground wherever it is known.*its known values are 1, 2/,
    );
    assert.match(await notesOf('none.tif', SCRIBBLES, '3', '0'), /has no foreground wherever it is known/);
  });

  it('of the whole set hold where a sample says nothing else, and not where it says so', async () => {
    const raw = await folder.write('raw.tif', tiff(drawn(Uint8Array, (_, x, y) => x + y)));
    const seg1 = await folder.write('s1.tif', tiff(SCRIBBLES));
    const rule = { kind: 'values', values: [0] } as const;
    const request = requestOf({ unknown: { seg1: { ...rule, values: [0] }, seg2: { ...rule, values: [0] } } });
    const entry = { id: 'a', raw, seg1, seg2: seg1, scene: 0 };
    const [plain] = await openAll(entry, request, [folder.path]);
    assert.deepEqual([plain.seg1?.unknown, plain.seg2?.unknown], [rule, rule]);
    const [own] = await openAll({ ...entry, unknown: { seg1: { kind: 'values', values: [7] }, seg2: null } }, request, [
      folder.path,
    ]);
    assert.deepEqual([own.seg1?.unknown, own.seg2?.unknown], [{ kind: 'values', values: [7] }, undefined]);
  });

  it('show as they are where nobody can judge the file, for people to mend it', async () => {
    const raw = await folder.write('raw.tif', tiff(drawn(Uint8Array, (_, x, y) => x + y)));
    const seg1 = await folder.write('unjudged.tif', tiff(SCRIBBLES));
    const [sample] = await openAll(
      { id: 'a', raw, seg1, scene: 0 },
      requestOf({ unknown: { seg1: { kind: 'values', values: [0] } } }),
      [folder.path],
    );
    assert.ok(sample.seg1);
    const reader = await openSegmentation(sample.seg1, { name: 'seg1', lenient: true, gives: 'target' });
    assert.deepEqual([...new Set(await reader.read(wholeRegion(reader.shape)))].sort(), [UNKNOWN, 255]);
    await reader.close();
  });
});
