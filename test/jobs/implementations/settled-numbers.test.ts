import assert from 'node:assert/strict';
import type { Decision, Stroke } from '../../../src/curation/decision';
import { describeImage, pathOfImage, readAll } from '../../../src/formats';
import type { ImageDescription } from '../../../src/image/description';
import type { Shape5 } from '../../../src/image/region';
import { applyDecisionJob } from '../../../src/jobs/implementations/apply-decision';
import { evaluateJob } from '../../../src/jobs/implementations/evaluate';
import { mergeMasksJob } from '../../../src/jobs/implementations/merge-masks';
import { NON_ZERO } from '../../../src/masks/foreground';
import { Workbench } from './workbench';

const SIDE = 60;
const SHAPE: Shape5 = [1, 1, 1, SIDE, SIDE];
type Field = (y: number, x: number) => number;

/** Nine nuclei of 10 x 10 in three rows, numbered from 1. */
const NUCLEI: Field = (y, x) => (y % 20 < 10 && x % 20 < 10 ? 1 + 3 * Math.floor(y / 20) + Math.floor(x / 20) : 0);
const square = (x: number, y: number): Stroke => ({
  ...{ radius: 0, value: 1, filled: true, z: null },
  points: [
    [x, y],
    [x + 9, y],
    [x + 9, y + 9],
    [x, y + 9],
  ],
});

describe('numbers of a target’s objects', () => {
  let bench: Workbench;
  let raw: ImageDescription;
  let made = 0;
  before(async () => {
    bench = await Workbench.open();
    raw = await imageOf(() => 5, Uint8Array);
  });
  after(() => bench.close());

  async function imageOf(field: Field, Pixels: Uint8ArrayConstructor | Uint16ArrayConstructor | Int32ArrayConstructor) {
    const pixels = new Pixels(SIDE * SIDE);
    for (let i = 0; i < pixels.length; i++) pixels[i] = field(Math.floor(i / SIDE), i % SIDE);
    return bench.image(`image-${made++}.ome.tiff`, SHAPE, pixels);
  }
  const merged = (seg1: ImageDescription, seg2: ImageDescription, inside: ImageDescription) =>
    mergeMasksJob({ sample: { id: 'm', raw, seg1, seg2 }, base: 'seg1', regions: inside }, bench.context());
  async function curated(seg1: ImageDescription, strokes: Decision['strokes']): Promise<ImageDescription> {
    const decision: Decision = { state: 'used', reason: null, base: 'seg1', merge: [], exclude: [], strokes };
    const { target } = await applyDecisionJob({ sample: { id: 'c', raw, seg1 }, decision }, bench.context());
    assert.ok(target);
    return target;
  }
  /** What evaluate says of the nine nuclei, each found as it is. */
  async function scoreOf(truth: ImageDescription) {
    const labels = { ...(await imageOf(NUCLEI, Uint16Array)), foreground: NON_ZERO };
    const predicted = { ...(await imageOf((y, x) => (NUCLEI(y, x) > 0 ? 255 : 0), Uint8Array)), foreground: NON_ZERO };
    const input = { predicted, labels, truth, weight: null, probability: null, tolerance: null };
    const { objects } = await evaluateJob(input, bench.context());
    return { right: objects?.truePositive, wrong: objects?.falsePositive, missed: objects?.falseNegative };
  }
  const numbersIn = async (image: ImageDescription) => [...new Set((await readAll(image)).data)].sort((a, b) => a - b);

  it('are one for each piece of a mask, beside those of a label image', async () => {
    const mask = await imageOf((y, x) => (NUCLEI(y, x) > 0 ? 255 : 0), Uint8Array);
    const inside = await imageOf((_, x) => (x < 20 ? 255 : 0), Uint8Array);
    const target = await merged(mask, await imageOf(NUCLEI, Uint16Array), inside);
    assert.equal((await numbersIn(target)).length, 1 + 9);
    assert.deepEqual(await scoreOf(target), { right: 9, wrong: 0, missed: 0 });
    assert.equal(target.notes, undefined, 'all of a mask is no object that is cut');
    const back = await merged(await imageOf(NUCLEI, Uint16Array), mask, inside);
    assert.deepEqual(await scoreOf(back), { right: 9, wrong: 0, missed: 0 });
  });

  it('are one for each piece that a brush painted, and go on behind those of the file', async () => {
    const some = await imageOf((y, x) => (NUCLEI(y, x) <= 6 ? NUCLEI(y, x) : 0), Uint16Array);
    const strokes = [square(0, 40), square(20, 40), square(40, 40)];
    const target = await curated(some, strokes);
    assert.deepEqual(await numbersIn(target), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual(await scoreOf(target), { right: 9, wrong: 0, missed: 0 });
    const named = strokes.map((stroke, i) => ({ ...stroke, object: { of: 'new' as const, number: 3 - i }, t: 0 }));
    assert.deepEqual(await numbersIn(await curated(some, named)), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('are numbers that the file may come back with', async () => {
    const two = await imageOf((y, x) => (y < 20 && x < 40 ? 1 + Math.floor(x / 20) : 0), Int32Array);
    const half = {
      ...{ object: { of: 'seg1' as const, number: 1 }, becomes: { of: 'new' as const, number: 1 }, z: null },
      outline: [
        [0, 0],
        [10, 0],
        [10, 19],
        [0, 19],
      ] as Array<[number, number]>,
    };
    const target = await curated(two, [square(30, 40), half]);
    const again = await describeImage(pathOfImage(target), { id: 'again' });
    for (const image of [target, again]) {
      assert.deepEqual(await numbersIn(await curated(image, [])), [0, 1, 2, 3, 4]);
    }
  });

  it('of what stays in memory and what does not are the same, in time series and stacks too', async () => {
    const shape: Shape5 = [2, 1, 3, 8, 8];
    const pixels = new Uint16Array(2 * 3 * 64);
    // In the second time point a column through all planes; an object of the file in the first.
    pixels[0] = 7;
    pixels[1] = 9;
    const [series, images] = ['raw', 'seg'].map((name) => bench.image(`series-${name}.ome.tiff`, shape, pixels));
    const column: Stroke = { points: [[4, 4]], radius: 1, value: 1, z: null };
    const speck: Stroke = { points: [[7, 7]], radius: 0, value: 1, z: [1, 1] };
    const decision: Decision = {
      ...{ state: 'used', reason: null, base: 'seg1', merge: [], exclude: [] },
      strokes: [column, speck],
    };
    const sample = { id: 's', raw: await series, seg1: await images };
    const outcomes = [];
    for (const limits of [{}, { runBytes: 1, bandPixels: 8 }]) {
      const { target } = await applyDecisionJob({ sample, decision }, { ...bench.context(), limits });
      assert.ok(target);
      outcomes.push(Array.from((await readAll(target)).data));
    }
    assert.deepEqual(outcomes[1], outcomes[0]);
    const [first, second] = [outcomes[0].slice(0, 192), outcomes[0].slice(192)];
    assert.deepEqual([...new Set(first)], [7, 9, 0, 10, 11]);
    assert.deepEqual([...new Set(second)], [0, 12, 13]);
  });
});
