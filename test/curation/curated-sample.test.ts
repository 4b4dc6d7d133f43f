import assert from 'node:assert/strict';
import { curatedSample, withDecision } from '../../src/curation/curated-sample';
import { type Decision, regionsOfShapes } from '../../src/curation/decision';
import { newRecord } from '../../src/curation/record';
import type { Band } from '../../src/image/bands';
import { DECISION, description, runsOf, sampleOf } from './samples';

const [DEPTH, HEIGHT, WIDTH] = [3, 20, 30];
/** Runs of each plane of the target, and of the excluding mask: `skimage.draw.polygon2mask` 0.26, NumPy, fractions. */
const TARGET = [
  [
    0, 15, 15, 3, 1, 11, 15, 15, 15, 1, 1, 13, 15, 15, 15, 3, 1, 11, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
    255,
  ],
  [
    30, 3, 1, 11, 15, 1, 12, 2, 15, 1, 12, 2, 15, 2, 6, 1, 4, 2, 15, 3, 1, 11, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
    15, 15, 255,
  ],
  [60, 1, 12, 2, 15, 1, 12, 2, 15, 2, 6, 1, 4, 2, 15, 3, 1, 11, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 255],
];
const EXCLUDED = [320, 6, 24, 6, 24, 6, 24, 6, 24, 6, 24, 6, 124];

const seg1 = (z: number, y: number, x: number) => x < 15 && y < 12 && y >= z;
const seg2 = (z: number, y: number, x: number) => x >= 6 && y >= 5 && x < 28 - z;
/** Rows of a plane of a segmentation, with the values that label images have. */
function rowsOf({ z, y, rows }: Band, isInside: typeof seg1): Uint16Array<ArrayBuffer> {
  return Uint16Array.from({ length: rows * WIDTH }, (_, i) =>
    isInside(z, y + Math.floor(i / WIDTH), i % WIDTH) ? 1 + (i % 7) : 0,
  );
}
function bands(rows: number): Band[] {
  const starts = Array.from({ length: Math.ceil(HEIGHT / rows) }, (_, i) => i * rows);
  return Array.from({ length: DEPTH }, (_, z) => z).flatMap((z) =>
    starts.map((y) => ({ t: 0, c: 0, z, y, rows: Math.min(rows, HEIGHT - y) })),
  );
}
const PLANE: Band = { t: 0, c: 0, z: 0, y: 0, rows: HEIGHT };
const PLAIN: Decision = { ...DECISION, merge: [], exclude: [], strokes: [] };

describe('a curated sample', () => {
  it('is base, then merged, then corrected; weight 0 where excluded; whatever the bands', () => {
    const curated = curatedSample(sampleOf('A'), DECISION);
    assert.deepEqual([curated.base, curated.other, curated.excludes], ['seg1', 'seg2', true]);
    for (const rows of [HEIGHT, 7, 1]) {
      const targets: number[][] = Array.from({ length: DEPTH }, () => []);
      const weights: number[][] = Array.from({ length: DEPTH }, () => []);
      for (const band of bands(rows)) {
        const images = { base: rowsOf(band, seg1), other: rowsOf(band, seg2), mergeMask: null };
        targets[band.z].push(...curated.target(band, images));
        weights[band.z].push(...curated.weight(band, null));
      }
      assert.deepEqual(targets.map(runsOf), TARGET);
      for (const weight of weights) assert.deepEqual(runsOf(weight.map((value) => 1 - value)), EXCLUDED);
    }
  });

  it('needs one image alone where nothing is drawn', () => {
    const curated = curatedSample(sampleOf('A'), PLAIN);
    assert.deepEqual([curated.other, curated.excludes], [null, false]);
    const target = curated.target(PLANE, { base: rowsOf(PLANE, seg1), other: null, mergeMask: null });
    assert.deepEqual(runsOf(target), runsOf(rowsOf(PLANE, seg1)));
    assert.ok(curated.weight(PLANE, null).every((weight) => weight === 1));
  });

  it('counts mask images that the sample brought', () => {
    const sample = { ...sampleOf('A'), mergeMask: description('merge'), excludeMask: description('exclude') };
    const { decision } = newRecord(sample, new Date(0));
    const curated = curatedSample(sample, { ...decision, merge: DECISION.exclude });
    assert.deepEqual([curated.mergeMask?.id, curated.excludeMask?.id, curated.other], ['merge', 'exclude', 'seg2']);
    const inside = Uint8Array.from({ length: HEIGHT * WIDTH }, (_, i) => (i < WIDTH ? 9 : 0));
    const rows = {
      base: new Uint8Array(inside.length),
      other: new Uint8Array(inside.length).fill(1),
      mergeMask: inside,
    };
    const [first, ...more] = EXCLUDED;
    assert.deepEqual(runsOf(curated.target(PLANE, rows)), [0, WIDTH, first - WIDTH, ...more]);
    assert.deepEqual(runsOf(curated.weight(PLANE, inside)), [WIDTH, HEIGHT * WIDTH - WIDTH]);
  });

  it('needs the segmentations it is made of', () => {
    const { seg2: _, ...sample } = sampleOf('A');
    assert.throws(
      () => curatedSample(sample, DECISION),
      /seg2 of sample A: expected a segmentation, which counts inside its merging mask/,
    );
    const short = { base: new Uint8Array(5), other: new Uint8Array(5), mergeMask: null };
    assert.throws(() => curatedSample(sampleOf('A'), DECISION).target(PLANE, short), /pixels: expected 5, got 600/);
  });

  it('goes on with its polygons', () => {
    const sample = { ...sampleOf('A'), excludeMask: { polygons: [] }, mergeMask: description('merge') };
    const curated = withDecision(sample, { ...DECISION, base: 'seg2' });
    assert.equal(curated.base, 'seg2');
    assert.deepEqual(curated.excludeMask, regionsOfShapes(DECISION.exclude));
    assert.deepEqual(curated.mergeMask, sample.mergeMask);
    assert.equal('excludeMask' in withDecision(sample, PLAIN), false);
  });
});
