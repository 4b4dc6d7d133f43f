import assert from 'node:assert/strict';
import { Random } from '../../../src/base/random';
import { count, type Zyx } from '../../../src/image/region';
import { LabelRuns } from '../../../src/objects/label-runs';
import { commonVoxels } from '../../../src/objects/tracking/common-voxels';
import type { Frame } from '../../../src/objects/tracking/frame';
import { Tracker } from '../../../src/objects/tracking/tracker';
import { simulateTimeLapse, type TimeLapse, type TimeLapseOptions } from '../../../src/simulation/time-lapse';
import type { LabelledVolume } from '../../../src/thresholding/labelled-volume';
import { RunRoom } from '../../../src/thresholding/runs';
import { withoutPauses } from '../../thresholding/in-memory';

const OPTIONS: TimeLapseOptions = {
  ...{ size: [1, 160, 160], times: 20, nuclei: 20, radius: 8, planeDistance: 1 },
  ...{ speed: 3, division: 0.06, seed: 1 },
};

/** A time point as objects numbered anew in a random order, some of which are not found. */
interface Seen {
  frame: Frame;
  volume: LabelledVolume;
  /** track of each object */
  truth: number[];
}

function seenAt(lapse: TimeLapse, t: number, missing: number, seed: number): Seen {
  const shape = lapse.shape.slice(2) as Zyx;
  const random = new Random(seed, t);
  const labels = lapse.labels.subarray(t * count(shape), (t + 1) * count(shape));
  const all = [...new Set(labels)].filter((label) => label !== 0);
  const truth = all.filter(() => !random.chance(missing)).map((label) => ({ label, at: random.uniform() }));
  const order = truth.sort((a, b) => a.at - b.at).map(({ label }) => label);
  const numberOf = new Map(order.map((label, i) => [label, i + 1]));
  const runs = new LabelRuns(new RunRoom(2 ** 30, '/nowhere'));
  const sums = order.map(() => ({ size: 0, centre: [0, 0, 0] as [number, number, number] }));
  const row = new Int32Array(shape[2]);
  for (let i = 0; i < labels.length; i++) {
    const number = numberOf.get(labels[i]) ?? 0;
    row[i % shape[2]] = number;
    if (number > 0) {
      const sum = sums[number - 1];
      sum.size++;
      sum.centre[0] += Math.floor(i / (shape[1] * shape[2]));
      sum.centre[1] += Math.floor(i / shape[2]) % shape[1];
      sum.centre[2] += i % shape[2];
    }
    if ((i + 1) % shape[2] === 0) runs.add(row);
  }
  runs.finish();
  const size = Float64Array.from([0, ...sums.map((sum) => sum.size)]);
  const volume = { shape, count: order.length, size, rows: () => runs.rows(), close: () => runs.close() };
  const frame = sums.map(({ size: n, centre: [z, y, x] }) => ({ size: n, centre: [z / n, y / n, x / n] as const }));
  return { frame, volume, truth: order };
}

/** Shares of links and divisions that are right, and of the true ones that were found. */
function scoresOf(lapse: TimeLapse, missing: number, reach: number) {
  const seen = Array.from({ length: lapse.shape[0] }, (_, t) => seenAt(lapse, t, missing, 7));
  const tracker = new Tracker(reach);
  for (const [t, { frame, volume }] of seen.entries()) {
    const common = t > 0 ? withoutPauses(commonVoxels(seen[t - 1].volume, volume)) : [];
    withoutPauses(tracker.follow(frame, common));
  }
  const { tracks, parents } = tracker.found();
  // A link: of an object to the last one before it of the same track, at most one time point missed.
  const linksOf = (numbers: ArrayLike<number>[]) => {
    const links = new Set<string>();
    const last = new Map<number, [t: number, object: number]>();
    for (const [t, { truth }] of seen.entries()) {
      for (const [index, object] of truth.entries()) {
        const before = last.get(numbers[t][index]);
        if (before && t - before[0] <= 2) links.add([...before, t, object].join());
        last.set(numbers[t][index], [t, object]);
      }
    }
    return links;
  };
  const found = linksOf(tracks);
  const wanted = linksOf(seen.map(({ truth }) => truth));
  const right = [...wanted].filter((link) => found.has(link)).length;
  // The parent that a track has by the truth: that of most of its objects' tracks.
  const objectsOf = new Map<number, number[]>();
  for (const [t, { truth }] of seen.entries()) {
    for (const [index, object] of truth.entries())
      objectsOf.set(tracks[t][index], [...(objectsOf.get(tracks[t][index]) ?? []), object]);
  }
  const daughters = [...parents.keys()].filter((k) => parents[k] > 0).map((k) => k + 1);
  const born = daughters.filter((k) => {
    const [first] = objectsOf.get(k) ?? [];
    return objectsOf.get(parents[k - 1])?.includes(lapse.parents[first - 1]);
  });
  const all = lapse.parents.filter((parent) => parent > 0).length;
  return {
    linkRecall: right / wanted.size,
    linkPrecision: right / found.size,
    divisionRecall: born.length / all,
    divisionPrecision: daughters.length === 0 ? 1 : born.length / daughters.length,
    divisions: all,
    tracks: parents.length,
  };
}

describe('identities over time', () => {
  it('are kept by nuclei that move and divide, in a simulated time lapse', () => {
    for (const seed of [1, 2, 3]) {
      const found = scoresOf(simulateTimeLapse({ ...OPTIONS, seed }), 0, 2 * OPTIONS.radius);
      if (process.env.SHOW_TRACKING) console.log('whole', seed, found);
      assert.ok(found.divisions >= 5, `${found.divisions} divisions`);
      assert.ok(found.linkRecall >= 0.97 && found.linkPrecision >= 0.97, JSON.stringify(found));
      assert.ok(found.divisionRecall >= 0.8 && found.divisionPrecision >= 0.8, JSON.stringify(found));
    }
  });

  it('outlast time points in which a nucleus is not found', () => {
    for (const seed of [1, 2, 3]) {
      const found = scoresOf(simulateTimeLapse({ ...OPTIONS, division: 0, seed }), 0.05, 2 * OPTIONS.radius);
      if (process.env.SHOW_TRACKING) console.log('gaps', seed, found);
      assert.ok(found.linkRecall >= 0.97 && found.linkPrecision >= 0.97, JSON.stringify(found));
      assert.equal(found.divisions, 0);
    }
  });

  it('are those of a stack, too', () => {
    const options = {
      ...OPTIONS,
      size: [12, 64, 64] as [number, number, number],
      planeDistance: 2,
      nuclei: 10,
      radius: 7,
      times: 8,
    };
    const found = scoresOf(simulateTimeLapse(options), 0, 14);
    if (process.env.SHOW_TRACKING) console.log('stack', found);
    assert.ok(found.linkRecall >= 0.95 && found.linkPrecision >= 0.95, JSON.stringify(found));
  });

  it('have no parent in specks beside cells whose size varies', () => {
    const random = new Random(2);
    const tracker = new Tracker(20);
    const cells = new Set<number>();
    let specks = 0;
    for (let t = 0; t < 10; t++) {
      const still = Array.from({ length: 40 }, (_, i) => ({
        size: Math.PI * random.range(8.5, 10) ** 2,
        centre: [0, 60 * Math.floor(i / 8), 60 * (i % 8)] as const,
      }));
      const beside = still
        .filter(() => random.chance(0.1))
        .map(({ centre: [z, y, x] }) => ({ size: 9, centre: [z, y + 13, x] as const }));
      const common = still.map((_, i) => ({ before: i + 1, after: i + 1, voxels: 200 }));
      withoutPauses(tracker.follow([...still, ...beside], t > 0 ? common : []));
      for (const track of tracker.found().tracks[t].subarray(0, 40)) cells.add(track);
      specks += beside.length;
    }
    assert.ok(specks > 20, `${specks} specks`);
    assert.equal(cells.size, 40);
    assert.ok(tracker.found().parents.every((parent) => parent === 0));
  });

  it('divide into sisters of similar size alone', () => {
    for (const [sizes, parents] of [
      [
        [79, 5],
        [0, 0],
      ],
      [
        [60, 19],
        [0, 0],
      ],
      [
        [60, 21],
        [0, 1, 1],
      ],
      [
        [19, 60],
        [0, 0],
      ],
      [
        [50, 50],
        [0, 1, 1],
      ],
      [
        [85, 40],
        [0, 0],
      ],
    ]) {
      const tracker = new Tracker(11);
      withoutPauses(tracker.follow([{ size: 100, centre: [0, 50, 50] }], []));
      const [one, other] = sizes.map((size, i) => ({ size, centre: [0, 50, 47 + 6 * i] as const }));
      const common = sizes.map((voxels, i) => ({ before: 1, after: i + 1, voxels: voxels / 2 }));
      withoutPauses(tracker.follow([one, other], common));
      assert.deepEqual([...tracker.found().parents], parents, sizes.join());
    }
  });

  it('are kept in a dense layer, of which all cells are within reach of their neighbours', () => {
    const [side, times, reach] = [71, 3, 10.2];
    const cells = side * side;
    const tracker = new Tracker(reach);
    for (let t = 0; t < times; t++) {
      // The layer moves by more than a third of a cell, and neighbours overlap where it was.
      const frame = Array.from({ length: cells }, (_, i) => ({
        size: 81,
        centre: [0, 10 * Math.floor(i / side), 10 * (i % side) + 4 * t] as const,
      }));
      const common = frame.flatMap((_, i) => [
        { before: i + 1, after: i + 1, voxels: 45 },
        ...(i % side > 0 ? [{ before: i + 1, after: i, voxels: 27 }] : []),
      ]);
      withoutPauses(tracker.follow(frame, t > 0 ? common : []));
    }
    const { tracks, parents } = tracker.found();
    assert.equal(parents.length, cells);
    for (const track of tracks) assert.deepEqual(track, tracks[0]);
  });
});
