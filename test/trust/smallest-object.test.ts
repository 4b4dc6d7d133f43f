import assert from 'node:assert/strict';
import { Random } from '../../src/base/random';
import { addProbabilities, noProbabilities } from '../../src/metrics/probability-histogram';
import { type JudgedMap, OBJECT_THRESHOLDS, objectSizes, SIZES } from '../../src/trust/object-sizes';
import { type ImageObjects, smallestObject } from '../../src/trust/smallest-object';

const SIDE = 64;
const UNCUT: JudgedMap['cut'] = { start: [false, false, false], end: [false, false, false] };

/** A plane of squares, each with a side, the corner's y and x, a probability and whether it is foreground. */
interface Square {
  side: number;
  at: [y: number, x: number];
  p?: number;
  right?: boolean;
}

function plane(squares: readonly Square[]) {
  const map = {
    size: [1, SIDE, SIDE] as const,
    probabilities: new Float32Array(SIDE * SIDE),
    target: new Uint8Array(SIDE * SIDE),
    weight: new Uint8Array(SIDE * SIDE).fill(1),
    cut: UNCUT,
  };
  const paint = ({ side, at: [y, x] }: Square, out: Float32Array | Uint8Array, value: number) => {
    for (let row = y; row < y + side; row++) out.fill(value, row * SIDE + x, row * SIDE + x + side);
  };
  for (const square of squares) {
    paint(square, map.probabilities, square.p ?? 0.9);
    if (square.right) paint(square, map.target, 1);
  }
  return map;
}

async function judged(map: ReturnType<typeof plane>): Promise<ImageObjects> {
  const histogram = noProbabilities();
  addProbabilities(histogram, map.probabilities, map.target, map.weight);
  return { threshold: 0.52, histogram, sizes: await objectSizes(map) };
}

const nuclei: Square[] = [0, 20, 40].map((x) => ({ side: 8, at: [4, x], right: true }));
const specks: Square[] = [0, 10, 20, 30].map((x) => ({ side: 2, at: [30, x] }));

describe('trust/object-sizes', () => {
  it('counts right and wrong objects by size at each threshold', async () => {
    const counted = await objectSizes(plane([...nuclei, { side: 2, at: [30, 0], p: 0.55 }]));
    const [two, eight] = [4, 64].map((voxels) => SIZES.findIndex((size) => voxels < size));
    const right = { below: eight, right: 3, wrong: 0, foreground: 192, background: 0 };
    const wrong = { below: two, right: 0, wrong: 1, foreground: 0, background: 4 };
    assert.deepEqual(
      counted,
      OBJECT_THRESHOLDS.map((t) => (t < 0.55 ? [wrong, right] : [right])),
    );
  });

  it('leaves out pieces at a cut side, and what is hardly known', async () => {
    const map = plane([{ side: 4, at: [0, 10] }, { side: 4, at: [60, 10] }, ...nuclei.slice(1)]);
    const objects = async (of: JudgedMap) =>
      (await objectSizes(of))[2].reduce((sum, { right, wrong }) => sum + right + wrong, 0);
    assert.equal(await objects(map), 4);
    const cut = { start: [false, true, false], end: [false, true, false] } as const;
    assert.equal(await objects({ ...map, cut }), 2);
    const weight = new Uint8Array(SIDE * SIDE).fill(1);
    weight.fill(0, 0, 3 * SIDE);
    assert.equal(await objects({ ...map, weight }), 3);
  });

  it('equals a flood fill on noise in 3D', async () => {
    const size = [6, 20, 24] as const;
    const random = new Random(7, 1);
    const probabilities = Float32Array.from({ length: 6 * 20 * 24 }, () => random.uniform());
    const target = Uint8Array.from(probabilities, () => (random.uniform() < 0.4 ? 1 : 0));
    const weight = new Uint8Array(target.length).fill(1);
    const counted = await objectSizes({ size, probabilities, target, weight, cut: UNCUT });
    for (const [k, threshold] of OBJECT_THRESHOLDS.entries()) {
      const sums = { objects: 0, right: 0, voxels: 0 };
      for (const object of filled(probabilities, size, threshold)) {
        const foreground = object.filter((i) => target[i] !== 0).length;
        sums.objects++;
        if (2 * foreground >= object.length) sums.right++;
        sums.voxels += object.length;
      }
      const total = (of: (c: (typeof counted)[0][0]) => number) => counted[k].reduce((sum, c) => sum + of(c), 0);
      assert.equal(
        total(({ right, wrong }) => right + wrong),
        sums.objects,
      );
      assert.equal(
        total(({ right }) => right),
        sums.right,
      );
      assert.equal(
        total(({ foreground, background }) => foreground + background),
        sums.voxels,
      );
    }
  });
});

describe('trust/smallest-object', () => {
  it('finds the size of specks that all folds have', async () => {
    const dirty = [await judged(plane([...nuclei, ...specks]))];
    const folds = [dirty, dirty, dirty];
    const found = smallestObject(folds);
    assert.ok(found);
    assert.ok(found.voxels > 4 && found.voxels <= 6, `${found.voxels}`);
    assert.deepEqual(
      found.folds.map(({ right, wrong }) => [right, wrong]),
      [0, 1, 2].map(() => [0, 4]),
    );
    assert.ok(found.dice.kept > found.dice.all);
  });

  it('takes the smallest that the folds choose', async () => {
    const large: Square[] = specks.map(({ at }) => ({ side: 4, at }));
    const folds = [
      specks,
      [...specks, ...large.map(({ side, at: [y, x] }) => ({ side, at: [y + 10, x] as [number, number] }))],
    ];
    const images = await Promise.all(folds.map((some) => judged(plane([...nuclei, ...some]))));
    const found = smallestObject(images.map((image) => [image]));
    assert.ok(found && found.voxels <= 6, `${found?.voxels}`);
  });

  it('says nothing where a fold does not agree, or small objects are right', async () => {
    const clean = [await judged(plane(nuclei))];
    const dirty = [await judged(plane([...nuclei, ...specks]))];
    assert.equal(smallestObject([dirty, clean]), null);
    assert.equal(smallestObject([dirty]), null);
    const small = specks.map((speck) => ({ ...speck, right: true }));
    const mixed = [await judged(plane([...nuclei, ...small.slice(0, 1), ...specks.slice(1)]))];
    assert.equal(smallestObject([mixed, mixed]), null, 'a quarter of the small ones is right');
    const empty = [await judged(plane([]))];
    assert.equal(smallestObject([empty, empty]), null);
  });

  it('lets images without foreground tell of specks, too', async () => {
    const fold = [await judged(plane(nuclei)), await judged(plane(specks))];
    const folds = [fold, fold];
    assert.ok(smallestObject(folds));
    assert.equal(smallestObject([[await judged(plane(specks))], [await judged(plane(specks))]]), null);
  });
});

/** The voxels of each component that touch by faces. */
function filled(map: Float32Array, [depth, height, width]: readonly [number, number, number], threshold: number) {
  const seen = new Set<number>();
  const isIn = (i: number) => map[i] > Math.fround(threshold) && !seen.has(i);
  const objects: number[][] = [];
  for (let first = 0; first < depth * height * width; first++) {
    if (!isIn(first)) continue;
    const object = [first];
    seen.add(first);
    for (const i of object) {
      const [z, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
      const next = [
        ...(x > 0 ? [i - 1] : []),
        ...(x < width - 1 ? [i + 1] : []),
        ...(y > 0 ? [i - width] : []),
        ...(y < height - 1 ? [i + width] : []),
        ...(z > 0 ? [i - height * width] : []),
        ...(z < depth - 1 ? [i + height * width] : []),
      ];
      for (const n of next) {
        if (!isIn(n)) continue;
        seen.add(n);
        object.push(n);
      }
    }
    objects.push(object);
  }
  return objects;
}
