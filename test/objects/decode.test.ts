import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { count, type Zyx } from '../../src/image/region';
import { ObjectOverlap } from '../../src/metrics/object-matching';
import { planBlocks } from '../../src/objects/block-plan';
import { cropped, tellApart } from '../../src/objects/by-blocks';
import { decode, finished, withoutSmall } from '../../src/objects/decode';
import { grow } from '../../src/objects/grow';
import type { Box } from '../../src/objects/label-store';
import { neckEvidence } from '../../src/objects/necks';
import { DEFAULT_DECODING } from '../../src/objects/settings';
import { fromDistances, fromNecks } from '../../src/objects/sources';
import { objectTargets } from '../../src/objects/targets';
import { NUCLEI_3D, simulateSample } from '../../src/simulation/sample-sets';
import type { LabelledVolume } from '../../src/thresholding/labelled-volume';
import { RunRoom } from '../../src/thresholding/runs';
import { type Balls, sameUpToNumbers, touchingBalls } from './balls';

const through = <T>(work: Generator<void, T, void>) => Promise.resolve(finished(work));
const copy = ({ foreground, boundary, centre }: Balls['maps']) => ({
  foreground: foreground.slice(),
  boundary: boundary.slice(),
  centre: centre.slice(),
});

/** The labels of a volume as an array. */
function painted(volume: LabelledVolume): Int32Array<ArrayBuffer> {
  const labels = new Int32Array(count(volume.shape));
  let row = 0;
  for (const { data, count: runs } of volume.rows()) {
    for (let i = 0; i < 3 * runs; i += 3) {
      labels.fill(data[i + 2], row * volume.shape[2] + data[i], row * volume.shape[2] + data[i + 1]);
    }
    row++;
  }
  return labels;
}

describe('decoding maps of objects', () => {
  let folder: string;
  let room: RunRoom;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'objects-'));
    room = new RunRoom(2 ** 20, folder);
  });
  after(() => {
    room.close();
    rmSync(folder, { recursive: true });
  });

  const volumeOf = ({ shape, maps }: Balls, spacing: Zyx) => {
    const all = { start: [0, 0, 0] as Zyx, size: shape };
    return {
      shape,
      spacing,
      mask: async (box: Box) => Uint8Array.from(cropped(maps.foreground, all, box)),
      distances: async (box: Box) => ({
        boundary: cropped(maps.boundary, all, box),
        centre: cropped(maps.centre, all, box),
      }),
    };
  };

  for (const shape of [
    [1, 90, 100],
    [24, 40, 44],
  ] as Zyx[]) {
    it(`tells every ball from those it touches, in [${shape}]`, () => {
      const balls = touchingBalls(shape, 40, 9, 5);
      const { labels, count: found } = decode(copy(balls.maps), shape, [1, 1, 1], DEFAULT_DECODING);
      // A ball of which the border leaves a sliver may have no seed of its own.
      assert.ok(found >= 0.9 * balls.count && found <= balls.count, `${found} of ${balls.count}`);
      let right = 0;
      const owner = new Map<number, Map<number, number>>();
      labels.forEach((label, i) => {
        if (label === 0) return;
        const tally = owner.get(label) ?? new Map();
        owner.set(label, tally.set(balls.labels[i], (tally.get(balls.labels[i]) ?? 0) + 1));
      });
      for (const tally of owner.values()) right += Math.max(...tally.values());
      const foreground = balls.maps.foreground.reduce((sum, v) => sum + v, 0);
      assert.ok(right >= 0.97 * foreground, `${right} of ${foreground} voxels`);
    });

    for (const noise of [0, 0.5]) {
      it(`by blocks finds the objects of the whole, in [${shape}] with noise of ${noise}`, async () => {
        for (const seed of [1, 2, 3]) {
          const balls = touchingBalls(shape, 60, 6, seed, noise);
          const settings = { ...DEFAULT_DECODING, minimumSize: 12, smoothing: 1 };
          const spacing: Zyx = [2, 1, 1];
          const whole = decode(copy(balls.maps), shape, spacing, settings);
          assert.ok(whole.count > 20, `${whole.count} objects`);
          const margin: Zyx = [10, 20, 20];
          const source = { ...fromDistances(volumeOf(balls, spacing), settings, through), margin };
          const most = 0.45 * count(shape);
          assert.ok(planBlocks(shape, margin, most).length >= 4);
          for (const options of [{ folder: null }, { folder }]) {
            const work = { most, minimumSize: 12, room, through, ...options };
            const volume = await tellApart(source, work);
            assert.equal(volume.count, whole.count);
            // Numbers are those of the whole, too: both count by first appearance.
            assert.deepEqual(painted(volume), whole.labels);
            volume.close();
          }
        }
      });
    }
  }

  it('draws the line between two objects where the network did, though seeds are looked for in smoothed distances', () => {
    const shape: Zyx = [1, 21, 40];
    const maps = {
      foreground: new Float32Array(840).fill(1),
      boundary: new Float32Array(840),
      centre: new Float32Array(840).fill(1),
    };
    // A line of low distances after a quarter of the width, with a steep side and a gentle one.
    for (let i = 0; i < 840; i++) {
      const x = i % 40;
      maps.boundary[i] = x === 10 ? 0 : x < 10 ? 0.9 : Math.min(0.9, 0.1 + 0.04 * (x - 10));
      maps.centre[i] = Math.min(1, Math.min(Math.abs(x - 5), Math.abs(x - 33)) / 10);
    }
    const { labels, count: found } = decode(maps, shape, [1, 1, 1], { ...DEFAULT_DECODING, smoothing: 3 });
    assert.equal(found, 2);
    const wide = [0, 0];
    for (const label of labels.subarray(400, 440)) wide[label - 1]++;
    assert.ok(Math.abs(wide[0] - 10.5) <= 0.5, `${wide}`);
  });

  it('loses no nucleus of a crowded stack in the maps that a network is taught', () => {
    const crowded = { ...NUCLEI_3D, nuclei: { ...NUCLEI_3D.nuclei, nuclei: 60, gap: 0.9 } };
    const { shape, labels: truth } = simulateSample(crowded, 0);
    const size: Zyx = [shape[2], shape[3], shape[4]];
    const spacing: Zyx = [2, 1, 1];
    const taught = objectTargets(Int32Array.from(truth), size, spacing);
    const maps = {
      foreground: Float32Array.from(taught.foreground),
      boundary: Float32Array.from(taught.boundary),
      centre: Float32Array.from(taught.centre),
    };
    const overlap = new ObjectOverlap();
    overlap.add(Int32Array.from(decode(maps, size, spacing, DEFAULT_DECODING).labels), truth, null);
    const { truePositive, falsePositive, falseNegative } = overlap.match(0.9);
    assert.deepEqual([truePositive, falsePositive, falseNegative], [60, 0, 0]);
  });

  it('cuts no object that is wider than all it sees at once', async () => {
    const shape: Zyx = [1, 12, 200];
    const voxels = count(shape);
    const maps = {
      foreground: new Float32Array(voxels).fill(1),
      boundary: new Float32Array(voxels).fill(1),
      centre: new Float32Array(voxels).fill(0),
    };
    // Two bars of seeds along x, and one without any seed.
    for (let x = 0; x < 200; x++) {
      for (const y of [4, 8]) maps.foreground[y * 200 + x] = 0;
      for (let y = 9; y < 12; y++) maps.boundary[y * 200 + x] = 0;
    }
    const balls = { shape, maps, labels: new Int32Array(0), count: 0 };
    const settings = { ...DEFAULT_DECODING, smoothing: 0 };
    const source = { ...fromDistances(volumeOf(balls, [1, 1, 1]), settings, through), margin: [1, 3, 3] as Zyx };
    const volume = await tellApart(source, { most: 200, minimumSize: 0, room, through, folder: null });
    assert.equal(volume.count, 3);
    assert.deepEqual([...volume.size], [0, 800, 600, 600]);
  });

  it('gives no part of a long object to the one that it touches beyond the margin, or says where that may be', async () => {
    const shape: Zyx = [1, 24, 400];
    const all = { start: [0, 0, 0] as Zyx, size: shape };
    const value = (of: (y: number, x: number) => number) =>
      Float32Array.from({ length: count(shape) }, (_, i) => of(Math.floor(i / 400), i % 400));
    // A fibre whose only seed is at its left end, and a cell below its right end.
    const isFibre = (y: number, x: number) => y >= 2 && y < 12 && x >= 4 && x < 390;
    const isCell = (y: number, x: number) => y >= 12 && y < 22 && x >= 370 && x < 390;
    const maps = {
      foreground: value((y, x) => (isFibre(y, x) || isCell(y, x) ? 1 : 0)),
      boundary: value((y, x) => (y === 11 || y === 12 ? 0.2 : isFibre(y, x) || isCell(y, x) ? 0.9 : 0)),
      centre: value((y, x) => (Math.hypot(y - 6, x - 12) < 3 || Math.hypot(y - 17, x - 380) < 3 ? 0 : 1)),
    };
    const settings = { ...DEFAULT_DECODING, smoothing: 0, minimumSize: 0 };
    const whole = decode(copy(maps), shape, [1, 1, 1], settings);
    assert.deepEqual([whole.count, whole.labels.filter((label) => label === 1).length], [2, 3860]);
    const pixels = { shape, maps, labels: new Int32Array(0), count: 0 };
    const found = async (most: number) => {
      const cuts: Box[] = [];
      const source = { ...fromDistances(volumeOf(pixels, [1, 1, 1]), settings, through), margin: [1, 12, 12] as Zyx };
      const work = { most, minimumSize: 0, room, through, folder: null, cut: (core: Box) => cuts.push(core) };
      return { labels: painted(await tellApart(source, work)), cuts, blocks: planBlocks(shape, source.margin, most) };
    };
    const wide = await found(6000);
    assert.ok(wide.blocks.length >= 2);
    assert.deepEqual(wide.cuts, []);
    assert.deepEqual(wide.labels, whole.labels);
    // Where blocks are far too small for it each one that does not know whose its core is says so, and the others are right.
    const narrow = await found(1500);
    assert.ok(narrow.cuts.length > 0 && narrow.cuts.length < narrow.blocks.length);
    for (const { core } of narrow.blocks) {
      if (narrow.cuts.some(({ start }) => start.join() === core.start.join())) continue;
      const within = (labels: Int32Array<ArrayBuffer>) => cropped(labels, all, core);
      assert.ok(sameUpToNumbers(within(narrow.labels), within(whole.labels)), core.start.join());
    }
  });

  it('divides a mask at its necks, by blocks as on the whole', async () => {
    const shape: Zyx = [1, 60, 96];
    const all = { start: [0, 0, 0] as Zyx, size: shape };
    const mask = new Float32Array(count(shape));
    const discs = [
      [16, 16, 12],
      [16, 36, 12],
      [44, 20, 9],
      [44, 60, 10],
      [44, 70, 10],
    ];
    mask.forEach((_, i) => {
      const [y, x] = [Math.floor(i / 96), i % 96];
      if (discs.some(([cy, cx, r]) => Math.hypot(y - cy, x - cx) < r)) mask[i] = 1;
    });
    const inside = Uint8Array.from(mask);
    const spacing: Zyx = [1, 1, 1];
    const { labels, count: found } = finished(grow(finished(neckEvidence(inside, shape, spacing)), shape));
    const whole = withoutSmall(labels, found, 0);
    // The two discs of radius 12 touch at a neck of 13 pixels; those of radius 10, half in each other, are one.
    assert.equal(whole.count, 4);
    const pixels = { shape, spacing, mask: async (box: Box) => Uint8Array.from(cropped(mask, all, box)) };
    const source = { ...fromNecks(pixels, through), margin: [1, 28, 28] as Zyx };
    const volume = await tellApart(source, { most: 3000, minimumSize: 0, room, through, folder: null });
    assert.ok(sameUpToNumbers(painted(volume), whole.labels));
  });

  it('drops what is too small and numbers the rest by first appearance', () => {
    const labels = Int32Array.of(5, 0, 2, 2, 0, 3, 3, 3, 5);
    assert.deepEqual(withoutSmall(labels, 5, 2), { labels: Int32Array.of(1, 0, 2, 2, 0, 3, 3, 3, 1), count: 3 });
    assert.deepEqual(withoutSmall(labels, 3, 3), { labels: Int32Array.of(0, 0, 0, 0, 0, 1, 1, 1, 0), count: 1 });
  });

  it('names a map with NaN, which would take seeds away around it', () => {
    const map = () => new Float32Array(9).fill(0.5);
    for (const name of ['boundary', 'centre'] as const) {
      const maps = { foreground: map(), boundary: map(), centre: map() };
      maps[name][4] = Number.NaN;
      assert.throws(() => decode(maps, [1, 3, 3], [1, 1, 1], DEFAULT_DECODING), new RegExp(`map "${name}".*NaN`));
    }
  });

  it('names a map of another size', () => {
    const map = (length: number) => new Float32Array(length);
    assert.throws(
      () => decode({ foreground: map(4), boundary: map(4), centre: map(3) }, [1, 2, 2], [1, 1, 1], DEFAULT_DECODING),
      /map "centre": expected 4 voxels as in \[1,2,2\], got 3/,
    );
  });
});
